package io.demitasse.linux.io;

import static io.demitasse.linux.SyscallException.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A file that has contents but no name, and that nobody can change any more.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/memfd_create.2.html">memfd_create(2)</a>
 */
public final class MemoryFd {
    private static final int ALL_SEALS =
            IoSyscalls.F_SEAL_SEAL
                    | IoSyscalls.F_SEAL_SHRINK
                    | IoSyscalls.F_SEAL_GROW
                    | IoSyscalls.F_SEAL_WRITE;

    private MemoryFd() {}

    /** {@return a sealed file with these contents} */
    public static Fd sealed(String name, byte[] contents) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var fd = create(state, name, arena.allocateFrom(name));
            try {
                write(state, fd, arena.allocateFrom(JAVA_BYTE, contents));
                check(
                        IoSyscalls.fcntl(state, fd.number(), IoSyscalls.F_ADD_SEALS, ALL_SEALS),
                        "fcntl(%s, F_ADD_SEALS)",
                        fd);
                return fd;
            } catch (SyscallException refused) {
                fd.close();
                throw refused;
            }
        }
    }

    private static Fd create(CallState state, String name, MemorySegment nativeName)
            throws SyscallException {
        int flags = IoSyscalls.MFD_CLOEXEC | IoSyscalls.MFD_ALLOW_SEALING;
        return Fd.owning(
                check(
                        IoSyscalls.memfd_create(state, nativeName, flags),
                        "memfd_create(\"%s\", MFD_CLOEXEC|MFD_ALLOW_SEALING)",
                        name),
                "memfd " + name);
    }

    private static void write(CallState state, Fd fd, MemorySegment contents)
            throws SyscallException {
        for (long done = 0; done < contents.byteSize(); ) {
            var rest = contents.asSlice(done);
            done +=
                    check(
                            IoSyscalls.write(state, fd.number(), rest, rest.byteSize()),
                            "write(%s, %d bytes)",
                            fd,
                            rest.byteSize());
        }
    }
}
