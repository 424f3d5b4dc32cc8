package io.demitasse.linux.process;

import static io.demitasse.linux.SyscallException.check;
import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.time.Duration;

/**
 * A process held by descriptor, so that its pid cannot be recycled under us.
 *
 * <p><b>Threads.</b> May be shared.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/pidfd_open.2.html">pidfd_open(2)</a>
 */
public final class Pidfd implements AutoCloseable {
    public static final int SIGHUP = 1;
    public static final int SIGINT = 2;
    public static final int SIGKILL = 9;
    public static final int SIGTERM = 15;

    private final Fd fd;

    private Pidfd(Fd fd) {
        this.fd = fd;
    }

    /** Opens a process by its pid, which the caller knows not to be recycled yet. */
    public static Pidfd open(int pid) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            int number =
                    check(
                            ProcessSyscalls.pidfd_open(CallState.in(arena), pid, 0),
                            "pidfd_open(%d, 0)",
                            pid);
            return new Pidfd(Fd.owning(number, "pidfd of " + pid));
        }
    }

    /** Takes ownership of a pidfd that somebody sent us. */
    public static Pidfd owning(Fd fd) {
        return new Pidfd(fd);
    }

    /** {@return another descriptor of the process, closed on its own} */
    public Pidfd duplicate() throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            int number =
                    check(
                            ProcessSyscalls.fcntl(
                                    CallState.in(arena),
                                    fd.number(),
                                    ProcessSyscalls.F_DUPFD_CLOEXEC,
                                    0),
                            "fcntl(%s, F_DUPFD_CLOEXEC, 0)",
                            fd);
            return new Pidfd(Fd.owning(number, fd.description()));
        }
    }

    /** {@return the descriptor: readable once the process has ended} */
    public Fd fd() {
        return fd;
    }

    /** Sends a signal. ESRCH says that the process has ended and been reaped. */
    public void signal(int signal) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            check(
                    ProcessSyscalls.pidfd_send_signal(CallState.in(arena), fd.number(), signal, 0),
                    "pidfd_send_signal(%s, %d)",
                    fd,
                    signal);
        }
    }

    /**
     * Sends a signal to the process group that the process leads, or led; kernels before 6.9 send
     * it to the process alone.
     */
    public void signalGroup(int signal) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            long result =
                    ProcessSyscalls.pidfd_send_signal(
                            CallState.in(arena),
                            fd.number(),
                            signal,
                            ProcessSyscalls.PIDFD_SIGNAL_PROCESS_GROUP);
            if (result == -Errno.EINVAL) {
                signal(signal);
                return;
            }
            check(result, "pidfd_send_signal(%s, %d, PIDFD_SIGNAL_PROCESS_GROUP)", fd, signal);
        }
    }

    /** {@return whether the process has ended, reaped or not} */
    public boolean isExited() throws SyscallException {
        return awaitExit(Duration.ZERO);
    }

    /** Waits for the end of the process, at most this long. {@return whether it has ended} */
    public boolean awaitExit(Duration timeout) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var poll = arena.allocate(ProcessSyscalls.POLLFD);
            ProcessSyscalls.POLLFD.varHandle(groupElement("fd")).set(poll, 0L, fd.number());
            ProcessSyscalls.POLLFD
                    .varHandle(groupElement("events"))
                    .set(poll, 0L, ProcessSyscalls.POLLIN);
            var limit = arena.allocate(ProcessSyscalls.TIMESPEC);
            ProcessSyscalls.TIMESPEC
                    .varHandle(groupElement("tv_sec"))
                    .set(limit, 0L, timeout.toSeconds());
            ProcessSyscalls.TIMESPEC
                    .varHandle(groupElement("tv_nsec"))
                    .set(limit, 0L, (long) timeout.toNanosPart());
            long ready = ProcessSyscalls.ppoll(CallState.in(arena), poll, 1, limit);
            return ready != -Errno.EINTR && check(ready, "ppoll(%s, POLLIN)", fd) > 0;
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
