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
import java.io.IOException;
import java.nio.file.Path;
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

    Image load(Path path, Optional<Reference> name) throws IOException {
        if (FileStatus.of(path).type() == FileType.DIRECTORY) {
            try (var directory = DirectoryFd.open(path)) {
                return load(directory, path.toString(), name);
            }
        }
        try (var unpacked = ArchiveDirectory.unpack(path, trash)) {
            return load(unpacked.directory(), path.toString(), name);
        }
    }

    private Image load(DirectoryFd directory, String where, Optional<Reference> name)
            throws IOException {
        if (directory.contains(LayoutSource.INDEX)) {
            var layout = new LayoutSource(directory, where);
            return load(layout, layout.names(), name);
        }
        var archive = ArchiveSource.open(directory, where);
        return load(archive, archive.names(), name);
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
