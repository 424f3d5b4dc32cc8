package io.demitasse.storage.registry;

import io.demitasse.linux.io.NativeBuffers;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rest of a blob in pieces, each asked for by its range, some at a time, handed over in order.
 *
 * <p>The first piece is asked for alone: a registry that answers with the whole blob knows no
 * ranges.
 *
 * <p><b>Threads.</b> One thread takes and closes; each connection has a virtual one. The counts,
 * {@code full}, {@code refused} and {@code failure} are guarded by {@code lock}; a slot belongs to
 * who claimed its piece until it is full, then to the taker.
 */
final class BlobPieces implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 16;
    private static final int PARTIAL_CONTENT = 206;

    private final Object lock = new Object();
    private final BlobDownload.Source source;
    private final Ranges ranges;
    private final HttpTimeouts timeouts;
    private final long from;
    private final long end;
    private final NativeBuffers memory = new NativeBuffers();
    private final List<ByteBuffer> slots = new ArrayList<>();
    private final boolean[] full;
    private final List<Thread> threads = new ArrayList<>(); // of the taker
    private long claimed;
    private long taken;
    private boolean holding; // of the taker
    private boolean refused;
    private @Nullable PullException failure;

    private BlobPieces(
            BlobDownload.Source source, long from, long end, Ranges ranges, HttpTimeouts timeouts) {
        this.source = source;
        this.from = from;
        this.end = end;
        this.ranges = ranges;
        this.timeouts = timeouts;
        full = new boolean[ranges.connections()];
        for (int i = 0; i < full.length; i++) {
            slots.add(memory.allocate(ranges.pieceBytes()));
        }
    }

    /** Asks for the first piece of what is between two offsets. */
    static BlobPieces start(
            BlobDownload.Source source, long from, long end, Ranges ranges, HttpTimeouts timeouts) {
        var pieces = new BlobPieces(source, from, end, ranges, timeouts);
        pieces.connect();
        return pieces;
    }

    private void connect() {
        threads.add(Thread.ofVirtual().name("download-piece").start(this::run));
    }

    private void run() {
        try {
            var chunk = new byte[CHUNK_BYTES];
            for (long piece = claim(); piece >= 0; piece = claim()) {
                fill(piece, chunk);
                synchronized (lock) {
                    full[slot(piece)] = !refused;
                    lock.notifyAll();
                }
            }
        } catch (PullException definite) {
            fail(definite);
        } catch (InterruptedException | RuntimeException | Error unexpected) {
            fail(new PullException(Reason.CANCELLED, "a piece was given up", unexpected));
        }
    }

    private void fail(PullException how) {
        synchronized (lock) {
            failure = failure == null ? how : failure;
            lock.notifyAll();
        }
    }

    private int slot(long piece) {
        return (int) (piece % slots.size());
    }

    private long start(long piece) {
        return from + piece * ranges.pieceBytes();
    }

    /** {@return the next piece that nobody has, once there is room for it; or -1} */
    private long claim() throws InterruptedException {
        synchronized (lock) {
            while (claimed - taken == slots.size() && failure == null) {
                lock.wait();
            }
            return start(claimed) < end && failure == null && !refused ? claimed++ : -1;
        }
    }

    /** Goes on where a connection was lost, as long as there is progress. */
    private void fill(long piece, byte[] chunk) throws PullException {
        long offset = start(piece);
        var buffer = slots.get(slot(piece)).clear();
        buffer.limit((int) Math.min(ranges.pieceBytes(), end - offset));
        for (int failures = 0; buffer.hasRemaining() && !isRefused(); ) {
            int before = buffer.position();
            try {
                read(offset, buffer, chunk);
            } catch (PullException definite) {
                throw definite;
            } catch (IOException lost) {
                source.lost();
                failures = buffer.position() > before ? 1 : failures + 1;
                if (failures >= timeouts.attempts() || !timeouts.pause(failures, Duration.ZERO)) {
                    throw new PullException(
                            Reason.UNAVAILABLE,
                            "connection lost while reading from %s: %s"
                                    .formatted(source.name(), lost.getMessage()),
                            lost);
                }
            }
        }
    }

    private void read(long offset, ByteBuffer buffer, byte[] chunk) throws IOException {
        long at = offset + buffer.position();
        try (var answer = source.open(at, buffer.remaining())) {
            var range = answer.header("Content-Range").orElse("");
            if (answer.status() != PARTIAL_CONTENT || !range.startsWith("bytes " + at + "-")) {
                refuse();
                return;
            }
            var in = answer.stream();
            var progress = new Progress(timeouts, System.nanoTime());
            while (buffer.hasRemaining()) {
                int count = in.read(chunk, 0, Math.min(chunk.length, buffer.remaining()));
                if (count < 0) {
                    throw new IOException("it ended early");
                }
                buffer.put(chunk, 0, count);
                if (!progress.isEnough(count, System.nanoTime())) {
                    throw new IOException("too slow: " + progress);
                }
            }
            if (in.read() < 0) {
                answer.finished();
            }
        }
    }

    private void refuse() {
        synchronized (lock) {
            refused = true;
            lock.notifyAll();
        }
    }

    private boolean isRefused() {
        synchronized (lock) {
            return refused;
        }
    }

    /**
     * {@return the next piece, in memory that is its own until the next call; or empty: this is the
     * end, or the registry knows no ranges}
     */
    Optional<ByteBuffer> next() throws IOException {
        try {
            synchronized (lock) {
                if (holding) {
                    full[slot(taken)] = false;
                    taken++;
                    holding = false;
                    lock.notifyAll();
                }
                if (start(taken) >= end) {
                    return Optional.empty();
                }
                while (!full[slot(taken)] && failure == null && !refused) {
                    lock.wait();
                }
                if (failure != null) {
                    throw failure;
                }
                if (!full[slot(taken)]) {
                    return Optional.empty();
                }
                holding = true;
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a piece");
        }
        if (threads.size() == 1) {
            for (int i = 1; i < slots.size(); i++) {
                connect();
            }
        }
        return Optional.of(slots.get(slot(taken)).flip());
    }

    @Override
    public void close() {
        fail(new PullException(Reason.CANCELLED, "nobody takes the pieces any more"));
        threads.forEach(Thread::interrupt);
        boolean interrupted = Thread.interrupted();
        for (var thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException again) {
                    interrupted = true;
                }
            }
        }
        memory.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
