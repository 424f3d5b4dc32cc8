package io.demitasse.linux.io;

import static io.demitasse.linux.SyscallException.check;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;

/**
 * A counter that makes its descriptor readable: how a thread wakes another that waits in epoll.
 *
 * <p><b>Threads.</b> Any thread signals; the waiting thread resets.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/eventfd.2.html">eventfd(2)</a>
 */
public final class EventFd implements AutoCloseable {
    private final Fd fd;

    /** Creates a counter at zero. */
    public EventFd() throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            fd =
                    Fd.owning(
                            check(
                                    IoSyscalls.eventfd2(
                                            CallState.in(arena),
                                            0,
                                            IoSyscalls.O_CLOEXEC | IoSyscalls.O_NONBLOCK),
                                    "eventfd2(0, EFD_CLOEXEC|EFD_NONBLOCK)"),
                            "eventfd");
        }
    }

    /** {@return the descriptor, readable between a signal and the next reset} */
    public Fd fd() {
        return fd;
    }

    /** Adds one. A full counter refuses with EAGAIN, and then is readable anyway. */
    public void signal() {
        try (var arena = Arena.ofConfined()) {
            IoSyscalls.write(
                    CallState.in(arena), fd.number(), arena.allocateFrom(JAVA_LONG, 1L), 8);
        }
    }

    /** Sets the counter to zero. */
    public void reset() {
        try (var arena = Arena.ofConfined()) {
            IoSyscalls.read(CallState.in(arena), fd.number(), arena.allocate(JAVA_LONG), 8);
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
