package io.demitasse.linux.namespace;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A namespace kept alive by a bind mount instead of a process.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/namespaces.7.html">namespaces(7)</a>
 */
public final class NamespacePin {
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
