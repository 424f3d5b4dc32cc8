package io.demitasse.daemon.stream;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.io.ByteChannelFd;
import io.demitasse.linux.io.Epoll;
import io.demitasse.linux.io.EventFd;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Carries bytes between a client and a process until both streams of the process are at their end
 * and its exit is known, or the client is gone.
 *
 * <p>Neither end is waited for while the other has something to do: a client that does not read
 * stops the reading of output, a process that does not read stops the client's input.
 *
 * <p><b>Threads.</b> {@link #run} has one of its own; the network thread calls the rest, which only
 * queues.
 */
final class CommandSession implements Runnable {
    private static final System.Logger LOGGER = System.getLogger(CommandSession.class.getName());
    private static final int BUFFER_BYTES = 16 << 10;
    private static final int MAX_PENDING_INPUT = 256 << 10;
    private static final int PIECE_OVERHEAD_BYTES = 64;
    private static final int SOURCES = 5;

    private static final int WAKEUP = 0;
    private static final int OUTPUT = 1;
    private static final int ERROR = 2;
    private static final int INPUT = 3;
    private static final int EXIT = 4;

    private final StreamRequest.Command request;
    private final CommandClient client;
    private final EventFd wakeup;
    private final ConcurrentLinkedQueue<byte[]> arrived = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Optional<Size>> size = new AtomicReference<>(Optional.empty());
    private final AtomicInteger pendingInput = new AtomicInteger();
    private final Object wakeupLock = new Object();
    private volatile boolean finished;
    private volatile boolean inputEndArrived;
    private volatile boolean clientGone;

    private final Deque<byte[]> input = new ArrayDeque<>();
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final int[] watched = new int[SOURCES];
    private int inputOffset;
    private boolean inputEnds;
    private boolean inputWaits;
    private boolean outputOpen;
    private boolean errorOpen;
    private Optional<Integer> exitCode = Optional.empty();

    private record Size(int rows, int columns) {}

    CommandSession(StreamRequest.Command request, CommandClient client) throws SyscallException {
        this.request = request;
        this.client = client;
        wakeup = new EventFd();
    }

    /** Starts the thread. */
    void start() {
        Thread.ofPlatform().name(request.path()).daemon().start(this);
    }

    /** Instead of {@link #start}: the client left before it began. */
    void discard() {
        close();
    }

    void input(byte[] bytes) {
        if (pendingInput.addAndGet(cost(bytes)) > MAX_PENDING_INPUT) {
            client.readOrNot();
        }
        synchronized (wakeupLock) {
            if (!finished) {
                arrived.add(bytes);
                wakeup.signal();
            }
        }
    }

    /** {@return whether more input may come; afterwards it is thrown away} */
    boolean takesInput() {
        return finished || pendingInput.get() <= MAX_PENDING_INPUT;
    }

    void inputEnd() {
        inputEndArrived = true;
        wake();
    }

    /** Only the last size counts, however many the client tells. */
    void resize(int rows, int columns) {
        size.set(Optional.of(new Size(rows, columns)));
        wake();
    }

    void writable() {
        wake();
    }

    void gone() {
        clientGone = true;
        wake();
    }

    private void wake() {
        synchronized (wakeupLock) { // the eventfd's number must not be another file's by now
            if (!finished) {
                wakeup.signal();
            }
        }
    }

    /** A byte that comes alone takes as much memory as many that come together. */
    private static int cost(byte[] bytes) {
        return bytes.length + PIECE_OVERHEAD_BYTES;
    }

    @Override
    public void run() {
        try (var process = request.start().start()) {
            carry(process);
        } catch (Exception | Error failure) {
            LOGGER.log(Level.DEBUG, request.path() + " failed", failure);
            client.end(new CommandResult.Failed(sentence(failure)));
        } finally {
            close();
        }
    }

    private void close() {
        synchronized (wakeupLock) {
            finished = true;
            wakeup.close();
        }
    }

    private void carry(CommandProcess process) throws IOException {
        try (var epoll = new Epoll(SOURCES)) {
            epoll.add(wakeup.fd(), WAKEUP);
            outputOpen = process.output().isPresent();
            errorOpen = process.error().isPresent();
            if (process.exit().isPresent()) {
                epoll.add(process.exit().get(), EXIT);
            }
            watch(epoll, process);
            while (!clientGone && !isOver(process)) {
                int count = epoll.await();
                for (int i = 0; i < count; i++) {
                    dispatch(epoll, process, epoll.data(i));
                }
                watch(epoll, process);
                endInput(process);
            }
            if (clientGone) {
                process.abandon();
            } else {
                client.end(new CommandResult.Exited(exitCode.orElse(0)));
            }
        }
    }

    private boolean isOver(CommandProcess process) {
        return !outputOpen && !errorOpen && (process.exit().isEmpty() || exitCode.isPresent());
    }

    /** Waits for what can be used: output only while the client takes it, room only if needed. */
    private void watch(Epoll epoll, CommandProcess process) throws SyscallException {
        boolean paused = !client.isWritable();
        int output = outputOpen && !paused ? Epoll.EPOLLIN : 0;
        int room = inputWaits ? Epoll.EPOLLOUT : 0;
        if (process.input().equals(process.output())) {
            // a terminal: one descriptor for both, and epoll knows each once
            watch(epoll, process.output(), OUTPUT, output | room);
        } else {
            watch(epoll, process.output(), OUTPUT, output);
            watch(epoll, process.input(), INPUT, room);
        }
        watch(epoll, process.error(), ERROR, errorOpen && !paused ? Epoll.EPOLLIN : 0);
    }

    /** Taken out, not asked for nothing: the end of a pipe is reported to whoever is in the set. */
    private void watch(Epoll epoll, Optional<ByteChannelFd> stream, int source, int events)
            throws SyscallException {
        if (stream.isEmpty() || watched[source] == events) {
            return;
        }
        if (events == 0) {
            epoll.remove(stream.get().fd());
        } else if (watched[source] == 0) {
            epoll.add(stream.get().fd(), events, source);
        } else {
            epoll.modify(stream.get().fd(), events, source);
        }
        watched[source] = events;
    }

    private void dispatch(Epoll epoll, CommandProcess process, long source) throws IOException {
        if (source == WAKEUP) {
            wakeup.reset();
            understand(process);
        } else if (source == EXIT) {
            exitCode = process.ended();
            if (exitCode.isPresent()) {
                epoll.remove(process.exit().orElseThrow());
            }
        } else {
            if (source == OUTPUT && outputOpen) {
                outputOpen = carryOutput(process.output().orElseThrow(), false);
            }
            if (source == ERROR && errorOpen) {
                errorOpen = carryOutput(process.error().orElseThrow(), true);
            }
            if (inputWaits) {
                carryInput(process);
            }
        }
    }

    /** The end first: what the client sent before it has arrived then. */
    private void understand(CommandProcess process) throws IOException {
        if (inputEndArrived) {
            inputEndArrived = false;
            inputEnds = true;
        }
        for (var next = arrived.poll(); next != null; next = arrived.poll()) {
            input.add(next);
        }
        carryInput(process);
        var newSize = size.getAndSet(Optional.empty());
        if (newSize.isPresent()) {
            process.resize(newSize.get().rows(), newSize.get().columns());
        }
    }

    /** {@return whether the stream goes on} */
    private boolean carryOutput(ByteChannelFd stream, boolean isError) throws IOException {
        var count = stream.read(buffer);
        if (count.isEmpty()) {
            return true;
        }
        var bytes = Arrays.copyOf(buffer, count.getAsInt());
        if (bytes.length > 0 && isError) {
            client.error(bytes);
        } else if (bytes.length > 0 && request.streams().output()) {
            client.output(bytes);
        }
        return bytes.length > 0;
    }

    private void carryInput(CommandProcess process) throws IOException {
        inputWaits = false;
        while (!inputWaits && !input.isEmpty()) {
            var bytes = input.getFirst();
            int left = bytes.length - inputOffset;
            int written = write(process.input(), bytes, left);
            inputOffset += written;
            inputWaits = written < left;
            if (!inputWaits) {
                input.removeFirst();
                inputOffset = 0;
                int before = pendingInput.getAndAdd(-cost(bytes));
                if (before > MAX_PENDING_INPUT && before - cost(bytes) <= MAX_PENDING_INPUT) {
                    client.readOrNot();
                }
            }
        }
    }

    /** Only when it is waited for no more: others may keep what it is open, and epoll with them. */
    private void endInput(CommandProcess process) throws IOException {
        if (inputEnds && !inputWaits) {
            inputEnds = false;
            process.endInput();
        }
    }

    /** {@return how much was taken; all of it by a process that reads no more} */
    private int write(Optional<ByteChannelFd> target, byte[] bytes, int left) {
        try {
            return target.isEmpty() ? left : target.get().write(bytes, inputOffset, left);
        } catch (SyscallException nobodyReads) {
            return left;
        }
    }

    private static String sentence(Throwable failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }
}
