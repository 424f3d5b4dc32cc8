package io.demitasse.storage.overlay;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.mount.DetachedMount;
import io.demitasse.linux.mount.MountAttribute;
import io.demitasse.linux.mount.OverlayMount;
import io.demitasse.linux.mount.OverlayMounter;
import io.demitasse.linux.mount.Propagation;
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
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.UnaryOperator;

/**
 * The writable layers of containers, each above the layers of an image.
 *
 * <p>A snapshot holds its image, and those mounted as volumes, from {@code create} to {@code
 * remove}: what container uses which images stands on disk as symbolic links, so that it is known
 * again after a restart.
 *
 * <p><b>Threads.</b> Shared; the calls for one container come one at a time.
 */
public final class Snapshots implements AutoCloseable {
    private static final int DIRECTORY_PERMISSIONS = 0700;
    private static final int ROOT_PERMISSIONS = 0755;
    private static final FilesystemUsage EMPTY_UPPER = new FilesystemUsage(0, 1);

    private final StoragePaths paths;
    private final ImageStore images;
    private final DirectoryFd directory;
    private final OverlayMounter mounter;
    private final ImageVolumes volumes;
    private final UsageMeter meter;
    private final ConcurrentMap<String, Used> used = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, FileStatus> roots = new ConcurrentHashMap<>();

    /** The ids of the images that a container uses. */
    private record Used(String root, Set<String> volumes) {
        Set<String> all() {
            var all = new HashSet<>(volumes);
            all.add(root);
            return all;
        }
    }

    private Snapshots(
            StoragePaths paths,
            ImageStore images,
            DirectoryFd directory,
            OverlayMounter mounter,
            InstantSource clock) {
        this.paths = paths;
        this.images = images;
        this.directory = directory;
        this.mounter = mounter;
        this.volumes = new ImageVolumes(images, mounter, paths.empty());
        this.meter = new UsageMeter(this::walk, clock);
    }

    /** Opens those below a directory, which hold their images in the store. */
    public static Snapshots open(Path root, ImageStore images) throws IOException {
        return open(root, images, InstantSource.system());
    }

    static Snapshots open(Path root, ImageStore images, InstantSource clock) throws IOException {
        var paths = new StoragePaths(root);
        for (var each : List.of(paths.snapshots(), paths.empty(), paths.mounts())) {
            Files.createDirectories(each);
        }
        var mounter = OverlayMounter.open(paths.mounts());
        var directory = DirectoryFd.open(paths.snapshots());
        var snapshots = new Snapshots(paths, images, directory, mounter, clock);
        snapshots.load();
        snapshots.meter.start();
        images.collect();
        return snapshots;
    }

    private void load() throws SyscallException {
        for (var entry : directory.list()) {
            var container = entry.text();
            try (var snapshot = directory.openDirectory(container)) {
                var root = snapshot.readLink(name(StoragePaths.IMAGE));
                var images =
                        new Used(new String(root, StandardCharsets.US_ASCII), volumes(snapshot));
                used.put(container, images);
                meter.add(container, EMPTY_UPPER);
                images.all().forEach(image -> this.images.hold(image, container));
            } catch (SyscallException unfinished) {
                // We died while it was made: no container can have used it.
                images.trash().discard(directory, container);
            }
        }
    }

    private static Set<String> volumes(DirectoryFd snapshot) throws SyscallException {
        var volumes = new HashSet<String>();
        try (var links = snapshot.openDirectory(StoragePaths.VOLUMES)) {
            for (var link : links.list()) {
                volumes.add(new String(links.readLink(link.name()), StandardCharsets.US_ASCII));
            }
        } catch (SyscallException none) {
            if (!none.is(Errno.ENOENT)) {
                throw none;
            }
        }
        return volumes;
    }

    /**
     * Makes a container's writable layer; until it is removed the image's layers stay.
     *
     * @throws IllegalStateException if the image was removed meanwhile
     */
    public void create(String containerId, Image image) throws SyscallException {
        create(containerId, image, Set.of());
    }

    /** As {@link #create(String, Image)}; the layers of the mounted images stay, too. */
    public void create(String containerId, Image image, Collection<Image> mounted)
            throws SyscallException {
        var ids = mounted.stream().map(Image::id).toList();
        var images = new Used(image.id(), Set.copyOf(ids));
        hold(containerId, images);
        try {
            directory.makeDirectory(containerId, DIRECTORY_PERMISSIONS);
            used.put(containerId, images);
            meter.add(containerId, EMPTY_UPPER);
            try (var snapshot = directory.openDirectory(containerId)) {
                snapshot.makeDirectory(StoragePaths.WORK, DIRECTORY_PERMISSIONS);
                makeUpper(snapshot, image);
                link(snapshot, images.volumes);
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

    private void hold(String containerId, Used wanted) throws SyscallException {
        var held = new HashSet<String>();
        try {
            for (var image : wanted.all()) {
                images.hold(image, containerId);
                held.add(image);
            }
        } catch (IllegalStateException removed) {
            for (var image : held) {
                images.release(image, containerId);
            }
            throw removed;
        }
    }

    private static void link(DirectoryFd snapshot, Set<String> volumes) throws SyscallException {
        if (volumes.isEmpty()) {
            return;
        }
        snapshot.makeDirectory(StoragePaths.VOLUMES, DIRECTORY_PERMISSIONS);
        try (var links = snapshot.openDirectory(StoragePaths.VOLUMES)) {
            for (var image : volumes) {
                links.makeSymbolicLink(image.substring(image.indexOf(':') + 1), image);
            }
        }
    }

    /** The overlay's root is the upper directory: it must look like the image's. */
    private void makeUpper(DirectoryFd snapshot, Image image) throws SyscallException {
        var root = root(image);
        snapshot.makeDirectory(StoragePaths.UPPER, ROOT_PERMISSIONS);
        snapshot.chmodNode(name(StoragePaths.UPPER), ROOT_PERMISSIONS); // whatever our umask
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
        var image = requireImage(containerId);
        return mounter.create(
                OverlayMount.over(images.layers(image))
                        .writable(paths.upper(containerId), paths.work(containerId)));
    }

    /**
     * Makes a read-only mount of an image that the container was created with.
     *
     * @param subPath what to mount of it, all of it if empty; it never leads out of the image
     * @throws SyscallException with {@code ENOENT} if it has no such file or directory, {@code
     *     EXDEV} if the path, or a link on it, is absolute or leads upwards out of the image
     */
    public ImageVolume mountVolume(String containerId, String imageId, String subPath)
            throws SyscallException {
        return mountVolume(containerId, imageId, subPath, UnaryOperator.identity());
    }

    /** As above, for a container in a user namespace. */
    public ImageVolume mountVolume(
            String containerId, String imageId, String subPath, MappedLayers mapped)
            throws SyscallException {
        return mountVolume(containerId, imageId, subPath, mapped(mapped));
    }

    private ImageVolume mountVolume(
            String containerId, String imageId, String subPath, UnaryOperator<Path> place)
            throws SyscallException {
        var known = Optional.ofNullable(used.get(containerId));
        var image =
                known.filter(each -> each.volumes.contains(imageId))
                        .flatMap(_ -> images.held(imageId));
        return volumes.mount(
                image.orElseThrow(() ->
                        new SyscallException(
                                "image " + imageId + " of snapshot " + containerId,
                                new Errno(Errno.ENOENT))),
                subPath,
                place);
    }

    /**
     * {@return the layers of all images, their files owned by the ids of a user namespace; attached
     * nowhere, for the caller to close}
     *
     * @throws SyscallException {@code EINVAL} if their filesystem has no id-mapped mounts
     */
    public DetachedMount mapLayers(Fd userNamespace) throws SyscallException {
        var layers = DetachedMount.cloneTree(paths.layers(), false);
        try {
            return layers.with(Propagation.PRIVATE, false)
                    .with(EnumSet.of(MountAttribute.RDONLY, MountAttribute.NODEV), false)
                    .idmapped(userNamespace);
        } catch (SyscallException refused) {
            layers.close();
            throw refused;
        }
    }

    /**
     * As above, for a container in a user namespace.
     *
     * <p>The writable layer is not mapped: overlayfs works in it as the node's root, who has no id
     * there. So what the container writes has the ids of the node.
     */
    public DetachedMount mount(String containerId, MappedLayers mapped) throws SyscallException {
        var image = requireImage(containerId);
        var root = root(image);
        try (var upper = DirectoryFd.open(paths.upper(containerId))) {
            upper.chown(mapped.ids().uid(root.uid()), mapped.ids().gid(root.gid()));
            upper.chmod(root.mode());
        }
        var layers = images.layers(image).stream().map(mapped(mapped)).toList();
        return mounter.create(
                OverlayMount.over(layers)
                        .writable(paths.upper(containerId), paths.work(containerId)));
    }

    private UnaryOperator<Path> mapped(MappedLayers mapped) {
        return layer -> mapped.place().resolve(paths.layers().relativize(layer));
    }

    private Image requireImage(String containerId) throws SyscallException {
        return image(containerId)
                .orElseThrow(() ->
                        new SyscallException(
                                "image of snapshot " + containerId, new Errno(Errno.ENOENT)));
    }

    /** {@return the image that a container was created with, also after it was removed} */
    public Optional<Image> image(String containerId) {
        return Optional.ofNullable(used.get(containerId)).flatMap(each -> images.held(each.root));
    }

    /** Removes a container's writable layer; one that does not exist is removed already. */
    public void remove(String containerId) throws SyscallException {
        images.trash().discard(directory, containerId);
        meter.remove(containerId);
        var before = used.remove(containerId);
        if (before != null) {
            for (var image : before.all()) {
                images.release(image, containerId);
            }
        }
    }

    /** {@return what a container wrote takes; if that was counted long ago, it is begun again} */
    public Measured usage(String containerId) {
        return meter.one(containerId);
    }

    /** {@return what all containers wrote takes; the same effort however many there are} */
    public Measured usage() {
        return meter.all();
    }

    /** Waits until what these wrote was counted within the last seconds, or patience ends. */
    public void measure(Collection<String> containerIds, Duration patience)
            throws InterruptedException {
        meter.await(containerIds, patience);
    }

    /** Waits until what each container wrote was counted once, or patience ends. */
    public void measureAll(Duration patience) throws InterruptedException {
        meter.awaitAll(patience);
    }

    private FilesystemUsage walk(String containerId) throws SyscallException {
        try (var upper = DirectoryFd.open(paths.upper(containerId))) {
            return TreeUsage.of(upper);
        }
    }

    /** {@return the containers that have a writable layer} */
    public Set<String> ids() {
        return Set.copyOf(used.keySet());
    }

    private static byte[] name(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    /** Lets go of descriptors; everything stays. */
    @Override
    public void close() throws SyscallException {
        meter.close();
        directory.close();
    }
}
