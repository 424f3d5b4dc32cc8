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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Takes an image from a directory, or from a tar that is first unpacked into one. */
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

    private List<Image> load(DirectoryFd directory, String where, Optional<Reference> name)
            throws IOException {
        if (directory.contains(LayoutSource.INDEX)) {
            var layouts = new LayoutSource(directory, where).images();
            if (layouts.size() > 1 && name.isPresent()) {
                throw new PullException(
                        Reason.UNSUPPORTED,
                        where + " has " + layouts.size() + " images: they cannot have one name");
            }
            var images = new ArrayList<Image>();
            for (var layout : layouts) {
                images.add(load(layout, layout.names(), name));
            }
            return images;
        }
        var archive = ArchiveSource.open(directory, where);
        return List.of(load(archive, archive.names(), name));
    }

    private Image load(ImageSource source, List<String> names, Optional<Reference> name)
            throws IOException {
        var chosen = name.or(() -> names.stream().flatMap(ImageLoad::full).findFirst());
        return fetch.apply(source).from(Platform.current(), chosen);
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
