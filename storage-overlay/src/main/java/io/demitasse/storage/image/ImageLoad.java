package io.demitasse.storage.image;

import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.FileType;
import io.demitasse.storage.Trash;
import io.demitasse.storage.layer.ArchiveDirectory;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.ArchiveSource;
import io.demitasse.storage.registry.ImageSource;
import io.demitasse.storage.registry.LayoutSource;
import io.demitasse.storage.registry.Platform;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Takes images from a directory, or from a tar that is first unpacked into one. */
final class ImageLoad {
    private final Trash trash;
    private final Function<ImageSource, ImageFetch> fetch;

    ImageLoad(Trash trash, Function<ImageSource, ImageFetch> fetch) {
        this.trash = trash;
        this.fetch = fetch;
    }

    List<Image> load(Path path, Optional<Reference> name) throws IOException {
        if (FileStatus.of(path).type() == FileType.DIRECTORY) {
            try (var directory = DirectoryFd.open(path)) {
                return load(directory, path.toString(), name);
            }
        }
        try (var unpacked = ArchiveDirectory.unpack(path, trash)) {
            return load(unpacked.directory(), path.toString(), name);
        }
    }

    /** As above, of a tar that comes from elsewhere. */
    List<Image> load(ReadableByteChannel tar, String where, Optional<Reference> name)
            throws IOException {
        try (var unpacked = ArchiveDirectory.unpack(tar, trash)) {
            return load(unpacked.directory(), where, name);
        }
    }

    private List<Image> load(DirectoryFd directory, String where, Optional<Reference> name)
            throws IOException {
        var sources = new ArrayList<Named>();
        if (directory.contains(LayoutSource.INDEX)) {
            for (var layout : new LayoutSource(directory, where).images()) {
                sources.add(new Named(layout, layout.names()));
            }
        } else {
            for (var archive : ArchiveSource.open(directory, where)) {
                sources.add(new Named(archive, archive.names()));
            }
        }
        if (sources.size() > 1 && name.isPresent()) {
            throw new PullException(
                    Reason.UNSUPPORTED,
                    where + " has " + sources.size() + " images: they cannot have one name");
        }
        var images = new LinkedHashMap<String, Image>(); // one may be there by several names
        for (var source : sources) {
            var names = name.map(List::of).orElseGet(source::full);
            var image = fetch.apply(source.source).from(Platform.current(), names);
            images.put(image.id(), image);
        }
        return List.copyOf(images.values());
    }

    /** An image, and what it is called where it lies. */
    private record Named(ImageSource source, List<String> names) {
        List<Reference> full() {
            return names.stream().flatMap(ImageLoad::full).distinct().toList();
        }
    }

    /** A layout may call its image just {@code latest}: that names no repository. */
    private static java.util.stream.Stream<Reference> full(String name) {
        if (name.indexOf(':') < 0 && name.indexOf('/') < 0) {
            return java.util.stream.Stream.empty();
        }
        try {
            return java.util.stream.Stream.of(Reference.parse(name));
        } catch (IllegalArgumentException notAName) {
            return java.util.stream.Stream.empty();
        }
    }
}
