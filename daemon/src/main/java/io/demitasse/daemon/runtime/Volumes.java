package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.MountPropagation;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.mount.DetachedMount;
import io.demitasse.linux.mount.MountAttribute;
import io.demitasse.linux.mount.MountInfo;
import io.demitasse.linux.mount.Propagation;
import io.demitasse.sandbox.Sandbox;
import io.demitasse.shim.container.ContainerMount;
import io.demitasse.storage.overlay.MappedLayers;
import io.demitasse.storage.overlay.Snapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What is mounted into a container from outside: volumes, images, and the pod's own files.
 *
 * <p>Host paths are resolved here, in the daemon's mount namespace; the shim gets descriptors.
 */
final class Volumes implements AutoCloseable {
    /** What a mount may be told beyond being read-only, as mount(8) spells it. */
    static final Map<String, MountAttribute> OPTIONS =
            new TreeMap<>(
                    Map.of(
                            "nodev", MountAttribute.NODEV,
                            "noexec", MountAttribute.NOEXEC,
                            "nosuid", MountAttribute.NOSUID));

    private final List<DetachedMount> opened = new ArrayList<>();
    private final List<ContainerMount> mounts = new ArrayList<>();

    private final Container container;
    private final Sandbox sandbox;
    private final Snapshots snapshots;

    private Volumes(Container container, Sandbox sandbox, Snapshots snapshots) {
        this.container = container;
        this.sandbox = sandbox;
        this.snapshots = snapshots;
    }

    /** Refuses a mount whose events could not travel as the request wants, as others do, too. */
    static void check(ContainerConfig config) throws RequestException, IOException {
        for (var mount : config.getMountsList()) {
            if (mount.getPropagation() != MountPropagation.PROPAGATION_PRIVATE
                    && !ImageMounts.isImage(mount)) {
                checkPropagation(mount);
            }
        }
    }

    private static void checkPropagation(Mount mount) throws RequestException, IOException {
        var existing = Path.of(mount.getHostPath()).normalize();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        var on = MountInfo.of(existing);
        boolean travels =
                on.isShared()
                        || (on.isSlave()
                                && mount.getPropagation()
                                        == MountPropagation.PROPAGATION_HOST_TO_CONTAINER);
        if (!travels) {
            throw RequestException.state(
                    "mount %s is %s, and %s on the node is a %s mount; mount --make-shared %s first",
                    mount.getContainerPath(),
                    mount.getPropagation(),
                    on.point(),
                    on.isSlave() ? "slave" : "private",
                    on.point());
        }
    }

    /** Opens all mounts of a container, shallow targets first. On failure none stays open. */
    static Volumes open(Container container, Sandbox sandbox, Snapshots snapshots)
            throws IOException {
        var volumes = new Volumes(container, sandbox, snapshots);
        try {
            var requested = container.record().getConfig().getMountsList();
            volumes.addOwn(sandbox, requested, container.record().getConfig());
            var ordered = new ArrayList<>(requested);
            ordered.sort(Comparator.comparingInt(Volumes::depth));
            for (var mount : ordered) {
                volumes.add(mount);
            }
            return volumes;
        } catch (IOException | RuntimeException failure) {
            volumes.close();
            throw failure;
        }
    }

    /** {@return what to attach, in order; open until this is closed} */
    List<ContainerMount> mounts() {
        return List.copyOf(mounts);
    }

    @Override
    public void close() {
        opened.forEach(DetachedMount::close);
    }

    /** The pod's own files, unless the request brings its own. */
    private void addOwn(Sandbox sandbox, List<Mount> requested, ContainerConfig config)
            throws IOException {
        Set<Path> taken =
                requested.stream()
                        .map(mount -> Path.of(mount.getContainerPath()).normalize())
                        .collect(Collectors.toSet());
        boolean readonly = config.getLinux().getSecurityContext().getReadonlyRootfs();
        addFile(taken, sandbox.resolvConf(), "/etc/resolv.conf", readonly);
        addFile(taken, sandbox.hosts(), "/etc/hosts", readonly);
        addFile(taken, sandbox.hostname(), "/etc/hostname", readonly);
        if (!taken.contains(Path.of("/dev/shm"))) {
            attach(clone(sandbox.shm(), true), "/dev/shm", false);
        }
    }

    private void addFile(Set<Path> taken, Path file, String target, boolean readonly)
            throws IOException {
        if (!taken.contains(Path.of(target)) && Files.exists(file)) {
            var clone = clone(file, false);
            if (readonly) {
                clone.with(EnumSet.of(MountAttribute.RDONLY), false);
            }
            attach(clone, target, true);
        }
    }

    private void add(Mount mount) throws IOException {
        if (ImageMounts.isImage(mount)) {
            addImage(mount);
        } else {
            addHostPath(mount);
        }
    }

    private void addImage(Mount mount) throws IOException {
        var target = mount.getContainerPath();
        var image = container.record().getImageVolumesOrThrow(target);
        var ids = UserIds.of(container.pod().record().getConfig());
        var volume =
                ids.isPresent()
                        ? snapshots.mountVolume(
                                container.id(),
                                image,
                                mount.getImageSubPath(),
                                new MappedLayers(sandbox.mappedLayers(), ids.get()))
                        : snapshots.mountVolume(container.id(), image, mount.getImageSubPath());
        opened.add(volume.mount());
        restrict(volume.mount(), mount, false);
        attach(volume.mount(), target, volume.file());
    }

    private static void restrict(DetachedMount clone, Mount mount, boolean recursive)
            throws IOException {
        var attributes = EnumSet.noneOf(MountAttribute.class);
        OPTIONS.forEach((option, attribute) -> {
            if (mount.getMountOptionsList().contains(option)) {
                attributes.add(attribute);
            }
        });
        if (!attributes.isEmpty()) {
            clone.with(attributes, recursive);
        }
    }

    private void addHostPath(Mount mount) throws IOException {
        var source = Path.of(mount.getHostPath());
        if (!Files.exists(source)) {
            // what containerd and CRI-O do, and what hostPath volumes without a type rely on
            create(source, mount.getContainerPath());
        }
        var clone = clone(source, true);
        if (mount.getReadonly()) {
            clone.with(EnumSet.of(MountAttribute.RDONLY), mount.getRecursiveReadOnly());
        }
        if (UserIds.isMapped(mount)) {
            map(clone, source);
        }
        restrict(clone, mount, true);
        clone.with(propagation(mount.getPropagation()), true);
        attach(clone, mount.getContainerPath(), !Files.isDirectory(source));
    }

    private static void create(Path source, String target) throws IOException {
        for (var part = source; part != null; part = part.getParent()) {
            if (Files.isSymbolicLink(part) && !Files.exists(part)) {
                throw new IOException(
                        "mount %s: host_path %s: %s is a symbolic link to %s, which does not exist"
                                .formatted(target, source, part, Files.readSymbolicLink(part)));
            }
        }
        try {
            NodeDirectories.create(source);
        } catch (IOException refused) {
            throw new IOException(
                    "mount %s: host_path %s does not exist and cannot be made: %s"
                            .formatted(target, source, refused),
                    refused);
        }
    }

    private void map(DetachedMount volume, Path source) throws IOException {
        try (var user = sandbox.userns().orElseThrow()) {
            volume.idmapped(user);
        } catch (SyscallException refused) {
            throw new IOException(
                    "volume "
                            + source
                            + " cannot have the ids of the pod's user namespace"
                            + (refused.is(Errno.EINVAL)
                                    ? ": its file system has no id-mapped mounts"
                                    : ""),
                    refused);
        }
    }

    private DetachedMount clone(Path source, boolean recursive) throws IOException {
        var clone = DetachedMount.cloneTree(source, recursive);
        opened.add(clone);
        return clone;
    }

    private void attach(DetachedMount mount, String target, boolean file) {
        mounts.add(new ContainerMount.Attach(mount.fd(), target, file));
    }

    private static Propagation propagation(MountPropagation requested) {
        return switch (requested) {
            case PROPAGATION_HOST_TO_CONTAINER -> Propagation.SLAVE;
            case PROPAGATION_BIDIRECTIONAL -> Propagation.SHARED;
            case PROPAGATION_PRIVATE, UNRECOGNIZED -> Propagation.PRIVATE;
        };
    }

    private static int depth(Mount mount) {
        return Path.of(mount.getContainerPath()).normalize().getNameCount();
    }
}
