package io.demitasse.daemon.event;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.io.Epoll;
import io.demitasse.linux.io.EventFd;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;

/**
 * Waits for many sources on one thread and lets each read what it has.
 *
 * <pre>
 *   any thread ── watch, stop ──▶ commands (MPSC) ──┐
 *                                 eventfd ──────────┼─▶ epoll ─▶ event loop ─▶ Source.ready
 *   kernel ────── readable ─────▶ shim sockets ─────┘
 * </pre>
 *
 * <p><b>Threads.</b> {@code watched} and {@code epoll} belong to the loop. The queue, the eventfd
 * and {@code wakeupSent} are all that other threads touch.
 */
public final class EventLoop implements Runnable {
    private static final System.Logger LOGGER = System.getLogger(EventLoop.class.getName());
    private static final int MAX_PENDING_COMMANDS = 1 << 14;
    private static final int MAX_EVENTS_PER_WAIT = 256;
    private static final long WAKEUP = -1;

    private final MessagePassingQueue<Command> commands =
            new MpscVarHandleArrayQueue<>(MAX_PENDING_COMMANDS);
    private final AtomicBoolean wakeupSent = new AtomicBoolean();
    private final EventFd wakeup = new EventFd();

    private final Map<Long, Source> watched = new HashMap<>();
    private long nextId;
    private boolean running = true;

    private sealed interface Command {
        record Watch(Source source) implements Command {}

        record Stop() implements Command {}
    }

    /** A loop that waits for {@link #run} to be called on a thread of its own. */
    public EventLoop() throws SyscallException {}

    /**
     * Starts watching; the loop owns the source from now on.
     *
     * @throws IllegalStateException if the loop is so far behind that it takes no more
     */
    public void watch(Source source) {
        submit(new Command.Watch(source));
    }

    /** Ends the loop and closes what it watches; processes at the other end do not notice. */
    public void stop() {
        submit(new Command.Stop());
    }

    private void submit(Command command) {
        if (!commands.offer(command)) {
            throw new IllegalStateException(
                    MAX_PENDING_COMMANDS + " commands of the event loop are pending");
        }
        // Offer first, signal second: the loop clears the flag before it drains, so whoever finds
        // the flag set knows that a drain is still to come and will see the command.
        if (!wakeupSent.getAndSet(true)) {
            wakeup.signal();
        }
    }

    @Override
    public void run() {
        try (wakeup;
                var epoll = new Epoll(MAX_EVENTS_PER_WAIT)) {
            epoll.add(wakeup.fd(), WAKEUP);
            while (running) {
                int count = epoll.await();
                for (int i = 0; i < count; i++) {
                    dispatch(epoll, epoll.data(i));
                }
            }
        } catch (SyscallException failure) {
            throw new IllegalStateException("the event loop lost its epoll instance", failure);
        } finally {
            watched.values().forEach(Source::close);
        }
    }

    private void dispatch(Epoll epoll, long id) {
        if (id == WAKEUP) {
            runCommands(epoll);
            return;
        }
        var source = watched.get(id);
        if (source != null && !source.ready()) {
            watched.remove(id);
            forget(epoll, source);
            source.close();
        }
    }

    /** Closing takes only the last descriptor out of the set, and others may hold the same. */
    private static void forget(Epoll epoll, Source source) {
        try {
            epoll.remove(source.fd());
        } catch (SyscallException | IllegalStateException closed) {
            LOGGER.log(Level.DEBUG, "source={0} had left the epoll set: {1}", source, closed);
        }
    }

    private void runCommands(Epoll epoll) {
        wakeup.reset();
        wakeupSent.set(false);
        for (var command = commands.poll(); command != null; command = commands.poll()) {
            switch (command) {
                case Command.Watch(var source) -> begin(epoll, source);
                case Command.Stop() -> running = false;
            }
        }
    }

    /** A refused source concerns one container and must not end the loop for the others. */
    private void begin(Epoll epoll, Source source) {
        long id = nextId++;
        try {
            epoll.add(source.fd(), id);
            watched.put(id, source);
        } catch (SyscallException refused) {
            LOGGER.log(Level.ERROR, "source=" + source + " cannot be watched, ignoring", refused);
            source.close();
        }
    }
}
