package io.demitasse.storage.overlay;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.mount.DetachedMount;
import io.demitasse.linux.mount.OverlayMount;
import io.demitasse.storage.FilesystemUsage;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.layer.TreeUsage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The writable layers of containers, each above the layers of an image.
 *
 * <p>A snapshot holds its image from {@code create} to {@code remove}: what container uses which
 * image stands on disk as a symbolic link, so that it is known again after a restart.
 *
 * <p><b>Threads.</b> Shared; the calls for one container come one at a time.
 */
public final class Snapshots implements AutoCloseable {
    private static final int DIRECTORY_PERMISSIONS = 0700;
    private static final int ROOT_PERMISSIONS = 0755;
    private static final Duration USAGE_KEPT = Duration.ofSeconds(10);

    private final StoragePaths paths;
    private final ImageStore images;
    private final DirectoryFd directory;
    private final InstantSource clock;
    private final ConcurrentMap<String, String> imageIds = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, FileStatus> roots = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Measured> measured = new ConcurrentHashMap<>();

    private record Measured(FilesystemUsage usage, Instant at) {}

    private Snapshots(
            StoragePaths paths, ImageStore images, DirectoryFd directory, InstantSource clock) {
        this.paths = paths;
        this.images = images;
        this.directory = directory;
        this.clock = clock;
    }

    /** Opens those below a directory, which hold their images in the store. */
    public static Snapshots open(Path root, ImageStore images) throws IOException {
        return open(root, images, InstantSource.system());
    }

    static Snapshots open(Path root, ImageStore images, InstantSource clock) throws IOException {
        var paths = new StoragePaths(root);
        Files.createDirectories(paths.snapshots());
        var directory = DirectoryFd.open(paths.snapshots());
        var snapshots = new Snapshots(paths, images, directory, clock);
        snapshots.load();
        images.collect();
        return snapshots;
    }

    private void load() throws SyscallException {
        for (var entry : directory.list()) {
            var container = entry.text();
            try (var snapshot = directory.openDirectory(container)) {
                var image =
                        new String(
                                snapshot.readLink(name(StoragePaths.IMAGE)),
                                StandardCharsets.US_ASCII);
                imageIds.put(container, image);
                images.hold(image, container);
            } catch (SyscallException unfinished) {
                // We died while it was made: no container can have used it.
                images.trash().discard(directory, container);
            }
        }
    }

    /**
     * Makes a container's writable layer; until it is removed the image's layers stay.
     *
     * @throws IllegalStateException if the image was removed meanwhile
     */
    public void create(String containerId, Image image) throws SyscallException {
        images.hold(image.id(), containerId);
        try {
            directory.makeDirectory(containerId, DIRECTORY_PERMISSIONS);
            imageIds.put(containerId, image.id());
            try (var snapshot = directory.openDirectory(containerId)) {
                snapshot.makeDirectory(StoragePaths.WORK, DIRECTORY_PERMISSIONS);
                makeUpper(snapshot, image);
                // Last: a snapshot without its link was never finished.
                snapshot.makeSymbolicLink(StoragePaths.IMAGE, image.id());
            }
        } catch (SyscallException refused) {
            if (!refused.is(Errno.EEXIST)) {
                remove(containerId);
            }
            throw refused;
        }
    }

    /** The overlay's root is the upper directory: it must look like the image's. */
    private void makeUpper(DirectoryFd snapshot, Image image) throws SyscallException {
        var root = root(image);
        snapshot.makeDirectory(StoragePaths.UPPER, ROOT_PERMISSIONS);
        boolean usual = root.mode() == ROOT_PERMISSIONS && root.uid() == 0 && root.gid() == 0;
        if (!usual) {
            try (var upper = snapshot.openDirectory(StoragePaths.UPPER)) {
                upper.chown(root.uid(), root.gid());
                upper.chmod(root.mode());
            }
        }
    }

    private FileStatus root(Image image) throws SyscallException {
        var known = roots.get(image.id());
        if (known != null) {
            return known;
        }
        var status = FileStatus.of(images.layers(image).getFirst());
        roots.put(image.id(), status);
        return status;
    }

    /** Makes the container's root filesystem, attached nowhere; the caller closes it. */
    public DetachedMount mount(String containerId) throws SyscallException {
        var image =
                image(containerId)
                        .orElseThrow(() ->
                                new SyscallException(
                                        "image of snapshot " + containerId,
                                        new Errno(Errno.ENOENT)));
        return OverlayMount.over(images.layers(image))
                .writable(paths.upper(containerId), paths.work(containerId))
                .create();
    }

    /** {@return the image that a container was created with, also after it was removed} */
    public Optional<Image> image(String containerId) {
        return Optional.ofNullable(imageIds.get(containerId)).flatMap(images::held);
    }

    /** Removes a container's writable layer; one that does not exist is removed already. */
    public void remove(String containerId) throws SyscallException {
        images.trash().discard(directory, containerId);
        measured.remove(containerId);
        var image = imageIds.remove(containerId);
        if (image != null) {
            images.release(image, containerId);
        }
    }

    /** {@return what a container wrote takes; measured by walking, at most every ten seconds} */
    public FilesystemUsage usage(String containerId) throws SyscallException {
        var now = clock.instant();
        var known = measured.get(containerId);
        if (known != null && now.isBefore(known.at.plus(USAGE_KEPT))) {
            return known.usage;
        }
        try (var upper = DirectoryFd.open(paths.upper(containerId))) {
            var usage = TreeUsage.of(upper);
            measured.put(containerId, new Measured(usage, now));
            return usage;
        }
    }

    /** {@return the containers that have a writable layer} */
    public Set<String> ids() {
        return Set.copyOf(imageIds.keySet());
    }

    private static byte[] name(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    /** Lets go of descriptors; everything stays. */
    @Override
    public void close() {
        directory.close();
    }
}
