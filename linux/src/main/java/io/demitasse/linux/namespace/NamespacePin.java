package io.demitasse.linux.namespace;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A namespace kept alive by a bind mount instead of a process; made by {@link NewNamespaces#pin},
 * or of a process that is in it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/namespaces.7.html">namespaces(7)</a>
 */
public final class NamespacePin {
    private static final int PIN_MODE = 0444;

    private NamespacePin() {}

    /**
     * Opens a pinned namespace; the caller closes it. None if there is no such file.
     *
     * @throws SyscallException {@code ENOTTY} if the file is a plain one: nothing is pinned there
     */
    public static Optional<Fd> open(NamespaceType type, Path file) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            long opened =
                    NamespaceSyscalls.openat(
                            state,
                            NamespaceSyscalls.AT_FDCWD,
                            arena.allocateFrom(file.toString()),
                            NamespaceSyscalls.O_RDONLY | NamespaceSyscalls.O_CLOEXEC);
            if (opened == -Errno.ENOENT) {
                return Optional.empty();
            }
            SyscallException.check(opened, "openat(AT_FDCWD, \"%s\", O_RDONLY|O_CLOEXEC)", file);
            var fd = Fd.owning((int) opened, type.procName() + " namespace " + file);
            return Optional.of(checked(state, fd, type));
        }
    }

    /**
     * Lets go of a pinned namespace and removes the file; the namespace ends with its last process
     * or descriptor. Does nothing if there is no such file.
     */
    public static void remove(Path file) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var path = arena.allocateFrom(file.toString());
            long unmounted =
                    NamespaceSyscalls.umount2(
                            state,
                            path,
                            NamespaceSyscalls.MNT_DETACH | NamespaceSyscalls.UMOUNT_NOFOLLOW);
            if (unmounted == -Errno.ENOENT) {
                return;
            }
            // EINVAL: nothing is mounted there, a pin that was half made or half removed
            if (unmounted != -Errno.EINVAL) {
                SyscallException.check(
                        unmounted, "umount2(\"%s\", MNT_DETACH|UMOUNT_NOFOLLOW)", file);
            }
            SyscallException.check(
                    NamespaceSyscalls.unlinkat(state, NamespaceSyscalls.AT_FDCWD, path),
                    "unlinkat(AT_FDCWD, \"%s\", 0)",
                    file);
        }
    }

    /** Keeps a namespace of a live process, which the caller holds, on a new file. */
    public static void create(int pid, NamespaceType type, Path file) throws SyscallException {
        create("/proc/" + pid + "/ns/" + type.procName(), file);
    }

    /** Binds what a link in procfs leads to onto a new file. */
    static void create(String link, Path file) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var path = arena.allocateFrom(file.toString());
            // A mount needs something to be mounted on; mknod(2) makes it without opening it.
            SyscallException.check(
                    NamespaceSyscalls.mknodat(
                            state,
                            NamespaceSyscalls.AT_FDCWD,
                            path,
                            NamespaceSyscalls.S_IFREG | PIN_MODE),
                    "mknodat(AT_FDCWD, \"%s\", S_IFREG|%#o)",
                    file,
                    PIN_MODE);
            long bound =
                    NamespaceSyscalls.mount(
                            state, arena.allocateFrom(link), path, NamespaceSyscalls.MS_BIND);
            if (bound < 0) {
                NamespaceSyscalls.unlinkat(state, NamespaceSyscalls.AT_FDCWD, path);
                SyscallException.check(bound, "mount(\"%s\", \"%s\", MS_BIND)", link, file);
            }
        }
    }

    private static Fd checked(CallState state, Fd fd, NamespaceType type) throws SyscallException {
        long answer = NamespaceSyscalls.ioctl(state, fd.number(), NamespaceSyscalls.NS_GET_NSTYPE);
        if (answer == type.cloneFlag()) {
            return fd;
        }
        fd.close();
        SyscallException.check(answer, "ioctl(\"%s\", NS_GET_NSTYPE)", fd.description());
        throw new IllegalStateException(fd.description() + " is a namespace of another type");
    }
}
