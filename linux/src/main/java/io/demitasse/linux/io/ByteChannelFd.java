package io.demitasse.linux.io;

import static io.demitasse.linux.SyscallException.check;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;

/**
 * A descriptor that bytes go through and that never blocks: an end of a pipe, the master of a
 * terminal, or a socket.
 *
 * <p><b>Threads.</b> One reads, one writes.
 */
public final class ByteChannelFd implements AutoCloseable {
    private static final long TIOCSWINSZ = 0x5414;

    private final Fd fd;

    private ByteChannelFd(Fd fd) {
        this.fd = fd;
    }

    /** Takes ownership of a descriptor and makes it one that does not block. */
    public static ByteChannelFd owning(Fd fd) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            int flags =
                    check(
                            IoSyscalls.fcntl(state, fd.number(), IoSyscalls.F_GETFL, 0),
                            "fcntl(%s, F_GETFL)",
                            fd);
            check(
                    IoSyscalls.fcntl(
                            state, fd.number(), IoSyscalls.F_SETFL, flags | IoSyscalls.O_NONBLOCK),
                    "fcntl(%s, F_SETFL, O_NONBLOCK)",
                    fd);
            return new ByteChannelFd(fd);
        } catch (SyscallException refused) {
            fd.close();
            throw refused;
        }
    }

    /** {@return the descriptor, to wait for} */
    public Fd fd() {
        return fd;
    }

    /**
     * Reads into {@code buffer}.
     *
     * @return how many bytes, 0 at the end; empty if nothing is there now
     */
    public OptionalInt read(byte[] buffer) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(buffer.length);
            long count = IoSyscalls.read(CallState.in(arena), fd.number(), bytes, buffer.length);
            if (count == -Errno.EAGAIN) {
                return OptionalInt.empty();
            }
            if (count == -Errno.EIO) {
                return OptionalInt.of(0); // a terminal that nobody has open any more
            }
            int read = check(count, "read(%s, %d)", fd, buffer.length);
            MemorySegment.copy(bytes, 0, MemorySegment.ofArray(buffer), 0, read);
            return OptionalInt.of(read);
        }
    }

    /** Writes what fits now. {@return how many bytes that were, possibly none} */
    public int write(byte[] bytes, int offset, int length) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var copy = arena.allocate(Math.max(1, length));
            MemorySegment.copy(bytes, offset, copy, ValueLayout.JAVA_BYTE, 0, length);
            long count = IoSyscalls.write(CallState.in(arena), fd.number(), copy, length);
            return count == -Errno.EAGAIN ? 0 : check(count, "write(%s, %d)", fd, length);
        }
    }

    /** Tells a terminal its size. */
    public void resize(int rows, int columns) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var size = arena.allocate(ValueLayout.JAVA_SHORT, 4);
            size.setAtIndex(ValueLayout.JAVA_SHORT, 0, (short) rows);
            size.setAtIndex(ValueLayout.JAVA_SHORT, 1, (short) columns);
            check(
                    IoSyscalls.ioctl(CallState.in(arena), fd.number(), TIOCSWINSZ, size),
                    "ioctl(%s, TIOCSWINSZ, {%d, %d})",
                    fd,
                    rows,
                    columns);
        }
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return fd.toString();
    }
}
