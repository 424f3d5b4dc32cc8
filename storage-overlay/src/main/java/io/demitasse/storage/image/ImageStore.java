package io.demitasse.storage.image;

import io.demitasse.linux.SyscallException;
import io.demitasse.storage.FilesystemUsage;
import io.demitasse.storage.registry.PullException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The images of a node. */
@SuppressWarnings({
    "DoNotCallSuggester",
    "ObjectToString",
    "UnusedVariable",
    "UnusedMethod"
}) // the API first
public final class ImageStore implements AutoCloseable {
    private ImageStore() {}

    /** Opens or creates a store below a directory. */
    public static ImageStore open(Path root) throws SyscallException {
        throw new UnsupportedOperationException("open " + root);
    }

    /** Gets an image from its registry, or what is new about it. */
    public Image pull(PullRequest request) throws PullException {
        throw new UnsupportedOperationException("pull " + request);
    }

    /** Takes an image from an OCI layout, a directory or tar, optionally under a name. */
    public Image load(Path source, Optional<String> name) throws PullException {
        throw new UnsupportedOperationException("load " + source + name);
    }

    /** {@return all images, in no order} */
    public List<Image> images() {
        return List.of();
    }

    /** {@return the image of a name, a name with digest, an id, or the unique start of an id} */
    public Optional<Image> find(String referenceOrId) {
        throw new UnsupportedOperationException("find " + referenceOrId);
    }

    /** Removes an image with all its names; layers that containers use stay until they are gone. */
    public void remove(Image image) throws SyscallException {
        throw new UnsupportedOperationException("remove " + image);
    }

    /** {@return what all layers take together, shared ones once} */
    public FilesystemUsage usage() {
        return FilesystemUsage.NONE;
    }

    @Override
    public void close() {}
}
