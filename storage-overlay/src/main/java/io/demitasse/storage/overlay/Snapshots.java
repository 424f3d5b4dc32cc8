package io.demitasse.storage.overlay;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.mount.DetachedMount;
import io.demitasse.storage.FilesystemUsage;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageStore;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** The writable layers of containers. */
@SuppressWarnings({
    "DoNotCallSuggester",
    "ObjectToString",
    "UnusedVariable",
    "UnusedMethod"
}) // the API first
public final class Snapshots implements AutoCloseable {
    private final StoragePaths paths;

    private Snapshots(StoragePaths paths) {
        this.paths = paths;
    }

    /** Opens those below a directory, which hold their images' layers in the store. */
    public static Snapshots open(Path root, ImageStore images) throws SyscallException {
        throw new UnsupportedOperationException("open " + root + images);
    }

    /** Makes a container's writable layer; until it is removed the image's layers stay. */
    public void create(String containerId, Image image) throws SyscallException {
        throw new UnsupportedOperationException("create " + containerId + image + paths);
    }

    /** Makes the container's root filesystem, attached nowhere. */
    public DetachedMount mount(String containerId) throws SyscallException {
        throw new UnsupportedOperationException("mount " + containerId);
    }

    /** {@return the image that a container was created with, also after it was removed} */
    public Optional<Image> image(String containerId) {
        throw new UnsupportedOperationException("image " + containerId);
    }

    /** Removes a container's writable layer; one that does not exist is removed already. */
    public void remove(String containerId) throws SyscallException {
        throw new UnsupportedOperationException("remove " + containerId);
    }

    /** {@return what a container wrote takes; measured at most every ten seconds} */
    public FilesystemUsage usage(String containerId) throws SyscallException {
        throw new UnsupportedOperationException("usage " + containerId);
    }

    /** {@return the containers that have a writable layer} */
    public Set<String> ids() {
        return Set.of();
    }

    @Override
    public void close() {}
}
