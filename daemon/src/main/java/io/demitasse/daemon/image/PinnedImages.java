package io.demitasse.daemon.image;

import io.demitasse.storage.image.Image;
import io.demitasse.storage.reference.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which images the kubelet is told not to remove; removing one by name is nobody's business. */
final class PinnedImages {
    private final List<Pattern> patterns;

    /** Names, with {@code *} for any characters, or ids. */
    PinnedImages(List<String> names) {
        this.patterns = names.stream().map(PinnedImages::pattern).toList();
    }

    private static Pattern pattern(String name) {
        var literal = Arrays.stream(normalised(name).split("\\*", -1)).map(Pattern::quote);
        return Pattern.compile(literal.collect(Collectors.joining(".*")));
    }

    private static String normalised(String name) {
        boolean full = name.contains("*") || name.startsWith("sha256:");
        return full ? name : Reference.parse(name).toString();
    }

    boolean contains(Image image) {
        return Stream.of(List.of(image.id()), image.repositoryTags(), image.repositoryDigests())
                .flatMap(List::stream)
                .anyMatch(name -> patterns.stream().anyMatch(each -> each.matcher(name).matches()));
    }
}
