package io.demitasse.linux.io;

import static io.demitasse.linux.SyscallException.check;
import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.time.Duration;

/**
 * Waits until one of many descriptors is ready.
 *
 * <p><b>Threads.</b> Confined to the thread that created it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/epoll.7.html">epoll(7)</a>
 */
public final class Epoll implements AutoCloseable {
    public static final int EPOLLIN = 0x001;
    public static final int EPOLLPRI = 0x002;
    public static final int EPOLLOUT = 0x004;
    public static final int EPOLLERR = 0x008;
    public static final int EPOLLHUP = 0x010;

    private static final int FOR_EVER = -1;
    private static final long EVENT_SIZE = IoSyscalls.EPOLL_EVENT.byteSize();
    private static final VarHandle EVENTS =
            IoSyscalls.EPOLL_EVENT.varHandle(groupElement("events"));
    private static final VarHandle DATA = IoSyscalls.EPOLL_EVENT.varHandle(groupElement("data"));

    private final Fd fd;
    private final int capacity;
    private final Arena arena;
    private final CallState state;
    private final MemorySegment change;
    private final MemorySegment ready;

    /** Creates an instance that reports at most {@code capacity} events per wait. */
    public Epoll(int capacity) throws SyscallException {
        fd = create();
        this.capacity = capacity;
        arena = Arena.ofConfined();
        state = CallState.in(arena);
        change = arena.allocate(IoSyscalls.EPOLL_EVENT);
        ready = arena.allocate(IoSyscalls.EPOLL_EVENT, capacity);
    }

    private static Fd create() throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            return Fd.owning(
                    check(
                            IoSyscalls.epoll_create1(CallState.in(arena), IoSyscalls.O_CLOEXEC),
                            "epoll_create1(EPOLL_CLOEXEC)"),
                    "epoll");
        }
    }

    /** Reports {@code data} whenever the descriptor is readable, hung up or in error. */
    public void add(Fd watched, long data) throws SyscallException {
        add(watched, EPOLLIN, data);
    }

    /** Reports {@code data} whenever one of {@code events} holds, or a hang-up or an error. */
    public void add(Fd watched, int events, long data) throws SyscallException {
        change(IoSyscalls.EPOLL_CTL_ADD, "EPOLL_CTL_ADD", watched, events, data);
    }

    /** Replaces what a descriptor is watched for. */
    public void modify(Fd watched, int events, long data) throws SyscallException {
        change(IoSyscalls.EPOLL_CTL_MOD, "EPOLL_CTL_MOD", watched, events, data);
    }

    /** Stops watching a descriptor, which must still be open. */
    public void remove(Fd watched) throws SyscallException {
        change(IoSyscalls.EPOLL_CTL_DEL, "EPOLL_CTL_DEL", watched, 0, 0);
    }

    private void change(int op, String name, Fd watched, int events, long data)
            throws SyscallException {
        EVENTS.set(change, 0L, events);
        DATA.set(change, 0L, data);
        check(
                IoSyscalls.epoll_ctl(state, fd.number(), op, watched.number(), change),
                "epoll_ctl(%d, %s, %s)",
                fd.number(),
                name,
                watched);
    }

    /** Waits for at least one event. {@return how many there are} */
    public int await() throws SyscallException {
        return await(FOR_EVER);
    }

    /** Waits for an event, at most this long. {@return how many there are, possibly none} */
    public int await(Duration timeout) throws SyscallException {
        return await((int) Math.min(Integer.MAX_VALUE, timeout.plusNanos(999_999).toMillis()));
    }

    private int await(int timeoutMillis) throws SyscallException {
        long count = IoSyscalls.epoll_pwait(state, fd.number(), ready, capacity, timeoutMillis);
        // A signal to this thread is no event of ours; the caller waits again if it wants to.
        return count == -Errno.EINTR
                ? 0
                : check(count, "epoll_pwait(%d, %d)", fd.number(), timeoutMillis);
    }

    /** {@return the data that the {@code index}th ready descriptor was added with} */
    public long data(int index) {
        return (long) DATA.get(ready, index * EVENT_SIZE);
    }

    /** {@return what the {@code index}th ready descriptor is ready for} */
    public int events(int index) {
        return (int) EVENTS.get(ready, index * EVENT_SIZE);
    }

    @Override
    public void close() {
        fd.close();
        arena.close();
    }
}
