package io.demitasse.linux.mount;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.file.FileStatus;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** Mounts of the calling thread's mount namespace, by path. */
public final class Mounts {
    private Mounts() {}

    /** Makes what is at one path appear at another; recursive: with the mounts below it. */
    public static void bind(Path source, Path target, boolean recursive) throws SyscallException {
        try (var clone = DetachedMount.cloneTree(source, recursive)) {
            clone.attach(target);
        }
    }

    /**
     * Takes away the topmost mount at a path; one that is in use is refused with {@code EBUSY}.
     *
     * @see <a href="https://man7.org/linux/man-pages/man2/umount.2.html">umount2(2)</a>
     */
    public static void unmount(Path target) throws SyscallException {
        unmount(target, MountSyscalls.UMOUNT_NOFOLLOW);
    }

    /** Takes away the topmost mount at a path at once; what still uses it keeps it until done. */
    public static void unmountLazily(Path target) throws SyscallException {
        unmount(target, MountSyscalls.UMOUNT_NOFOLLOW | MountSyscalls.MNT_DETACH);
    }

    private static void unmount(Path target, int flags) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            SyscallException.check(
                    MountSyscalls.umount2(
                            CallState.in(arena), arena.allocateFrom(target.toString()), flags),
                    "umount2(\"%s\", %#x)",
                    target,
                    flags);
        }
    }

    /** Stops mount events from travelling to and from a mount; recursive: and those below it. */
    public static void makePrivate(Path mount, boolean recursive) throws SyscallException {
        change(mount, new MountAttributes.Change(0, 0, MountSyscalls.MS_PRIVATE), recursive);
    }

    /** Makes one mount read-only; others of the same filesystem stay as they are. */
    public static void remountReadOnly(Path mount) throws SyscallException {
        change(mount, new MountAttributes.Change(MountSyscalls.MOUNT_ATTR_RDONLY, 0, 0), false);
    }

    private static void change(Path mount, MountAttributes.Change change, boolean recursive)
            throws SyscallException {
        MountAttributes.change(
                MountSyscalls.AT_FDCWD,
                mount.toString(),
                recursive ? MountSyscalls.AT_RECURSIVE : 0,
                change);
    }

    /** {@return whether something is mounted at a path; a path that does not exist is none} */
    public static boolean isMountPoint(Path path) throws SyscallException {
        try {
            return FileStatus.of(path).isMountRoot();
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENOENT)) {
                return false;
            }
            throw refused;
        }
    }
}
