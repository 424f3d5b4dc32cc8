package io.demitasse.sandbox;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.mount.FilesystemContext;
import io.demitasse.linux.mount.MountAttribute;
import io.demitasse.linux.mount.Mounts;
import io.demitasse.linux.namespace.IdMappings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;

/**
 * The directory of one sandbox. While the sandbox lives a tmpfs is mounted on it, with everything
 * in it that there is: files, shared memory, and the pinned namespaces mounted below.
 *
 * <p>So one lazy unmount lets go of all of it at once, where a mount each would wait for RCU each.
 */
record SandboxDirectory(SandboxPaths paths, String id) {
    private static final Set<MountAttribute> ATTRIBUTES =
            Set.of(MountAttribute.NOSUID, MountAttribute.NODEV, MountAttribute.NOEXEC);
    private static final int DIRECTORY_MODE = 0700;
    private static final int SHM_MODE = 01777;

    /** Makes the bare directory; an id that exists is refused. */
    void create() throws IOException {
        Files.createDirectory(path());
    }

    /** Mounts the tmpfs, and makes the place for shared memory in it. */
    void mount(long bytes) throws IOException {
        try (var tmpfs = new FilesystemContext("tmpfs")) {
            tmpfs.set("size", Long.toString(bytes));
            tmpfs.set("mode", Integer.toOctalString(DIRECTORY_MODE));
            try (var mount = tmpfs.mount(ATTRIBUTES)) {
                mount.attach(path());
            }
        }
    }

    /** Makes the pod's own {@code /dev/shm}. */
    void makeShm() throws IOException {
        var shm = paths.shm(id);
        Files.createDirectory(shm);
        // apart from mkdir(2), which takes no sticky bit and heeds the umask
        Files.setAttribute(shm, "unix:mode", SHM_MODE);
    }

    /** Gives shared memory to the root of a user namespace. */
    void giveShm(IdMappings ids) throws IOException {
        give(paths.shm(id), ids);
    }

    /** Gives a file to the root of a user namespace. */
    static void give(Path file, IdMappings ids) throws IOException {
        Files.setAttribute(file, "unix:uid", ids.uid(0));
        Files.setAttribute(file, "unix:gid", ids.gid(0));
    }

    /** Makes the place for the layers of images, which no user of a user namespace may get to. */
    void makePlaceForLayers() throws IOException {
        var place = paths.mappedLayers(id);
        var guard = Objects.requireNonNull(place.getParent());
        Files.createDirectory(guard);
        Files.setAttribute(guard, "unix:mode", DIRECTORY_MODE);
        Files.createDirectory(place);
    }

    /** Makes the directory that namespaces are pinned in. */
    void makePlaceForPins() throws IOException {
        Files.createDirectory(paths.namespaces(id));
    }

    /** {@return whether it is there, in use or not} */
    boolean exists() {
        return Files.isDirectory(path());
    }

    /** {@return whether what a sandbox has is there} */
    boolean isMounted() throws SyscallException {
        return Mounts.isMountPoint(path());
    }

    /** Lets go of everything in it, whoever uses it. Does nothing where nothing is mounted. */
    void unmount() throws SyscallException {
        if (isMounted()) {
            Mounts.unmountLazily(path());
        }
    }

    /**
     * Exchanges the unmounted directory for a new one, which ends what is mounted on it elsewhere.
     *
     * <p>A mount namespace that was copied from ours while the sandbox lived, as systemd makes for
     * services, has copies of its mounts. Being private they do not go when ours go, and would keep
     * the network namespace, hence the pod's links. Removing the directory that a mount is on does
     * end the copies (detach_mounts() of the kernel, since Linux 3.18).
     */
    void replace() throws IOException {
        if (Files.deleteIfExists(path())) {
            create();
        }
    }

    /** Removes the unmounted directory. */
    void remove() throws IOException {
        Files.deleteIfExists(path());
    }

    private Path path() {
        return paths.sandbox(id);
    }
}
