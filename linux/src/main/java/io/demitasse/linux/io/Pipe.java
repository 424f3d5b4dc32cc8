package io.demitasse.linux.io;

import static io.demitasse.linux.SyscallException.check;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * Two ends of a pipe, each owned and closed on its own.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/pipe.7.html">pipe(7)</a>
 */
public record Pipe(Fd readEnd, Fd writeEnd) implements AutoCloseable {
    /** Opens a pipe whose both ends block. */
    public static Pipe open() throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var ends = arena.allocate(JAVA_INT, 2);
            check(
                    IoSyscalls.pipe2(CallState.in(arena), ends, IoSyscalls.O_CLOEXEC),
                    "pipe2(O_CLOEXEC)");
            return new Pipe(
                    Fd.owning(ends.getAtIndex(JAVA_INT, 0), "read end of a pipe"),
                    Fd.owning(ends.getAtIndex(JAVA_INT, 1), "write end of a pipe"));
        }
    }

    /**
     * Opens a pipe whose read end never blocks. The flag belongs to one end only: the process that
     * gets the other must find an ordinary pipe.
     */
    public static Pipe openForEventLoop() throws SyscallException {
        var pipe = open();
        try (var arena = Arena.ofConfined()) {
            check(
                    IoSyscalls.fcntl(
                            CallState.in(arena),
                            pipe.readEnd.number(),
                            IoSyscalls.F_SETFL,
                            IoSyscalls.O_NONBLOCK),
                    "fcntl(%s, F_SETFL, O_NONBLOCK)",
                    pipe.readEnd);
            return pipe;
        } catch (SyscallException refused) {
            pipe.close();
            throw refused;
        }
    }

    /**
     * Reads into {@code buffer}.
     *
     * @return how many bytes, 0 at the end; empty if the read end does not block and nothing is
     *     there
     */
    public OptionalInt read(byte[] buffer) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(buffer.length);
            long count =
                    IoSyscalls.read(CallState.in(arena), readEnd.number(), bytes, buffer.length);
            if (count == -Errno.EAGAIN) {
                return OptionalInt.empty();
            }
            int read = check(count, "read(%s, %d)", readEnd, buffer.length);
            MemorySegment.copy(bytes, 0, MemorySegment.ofArray(buffer), 0, read);
            return OptionalInt.of(read);
        }
    }

    @Override
    public void close() {
        readEnd.close();
        writeEnd.close();
    }
}
