package io.demitasse.storage.registry;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.io.NativeBuffers;
import io.demitasse.storage.progress.LayerMeter;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A blob that is read while it is still coming, and goes on after its connection was lost.
 *
 * <pre>
 *   network ──▶ download thread ──▶ file ──▶ whoever reads
 * </pre>
 *
 * <p><b>Threads.</b> The download has a virtual thread of its own: interrupting one closes the
 * socket that it waits for, which cannot be had from a platform thread. {@code received}, {@code
 * wanted}, {@code ended} and {@code failure} are guarded by {@code lock}; the file takes appends
 * from the one and reads from the other. Closing ends the download and keeps the file.
 */
final class BlobDownload implements ReadableByteChannel {
    private static final int CHUNK_BYTES = 1 << 16;

    /** Who had to wait for bytes is woken for so many: on a busy machine each wait costs a turn. */
    private static final int BATCH_BYTES = 1 << 19;

    private final Object lock = new Object();
    private final Descriptor descriptor;
    private final PartialBlobs.Partial file;
    private final Source source;
    private final RegistryAccess access;
    private final HttpTimeouts timeouts;
    private final LayerMeter meter;
    private final Thread thread;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private final NativeBuffers memory = new NativeBuffers();
    private final ByteBuffer appended = memory.allocate(CHUNK_BYTES);
    private long received;
    private long wanted;
    private boolean ended;
    private @Nullable PullException failure;
    private long position;
    private boolean closed;

    /** Somewhere that the blob is to be had from. */
    interface Source {
        /** {@return the blob from an offset on, or the whole of it with status 200} */
        HttpAnswer open(long offset) throws PullException;

        /** {@return so many bytes from an offset on; any other status than 206 means: no ranges} */
        HttpAnswer open(long offset, int bytes) throws PullException;

        /** What was opened last did not hold. */
        void lost();

        /** {@return the place, for messages} */
        String name();
    }

    /** A connection ended, fell silent or dawdles: another may do better. */
    private static final class LostException extends Exception {
        private static final long serialVersionUID = 1L;

        LostException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    private BlobDownload(
            Descriptor descriptor,
            PartialBlobs.Partial file,
            Source source,
            RegistryAccess access,
            LayerMeter meter) {
        this.descriptor = descriptor;
        this.file = file;
        this.source = source;
        this.access = access;
        this.timeouts = access.timeouts();
        this.meter = meter;
        this.received = file.initialBytes();
        this.thread = Thread.ofVirtual().name("download").unstarted(this::run);
    }

    /** Starts, and takes ownership of the file. */
    static BlobDownload start(
            Descriptor descriptor,
            PartialBlobs.Partial file,
            Source source,
            RegistryAccess access,
            LayerMeter meter) {
        var download = new BlobDownload(descriptor, file, source, access, meter);
        download.thread.start();
        return download;
    }

    private void run() {
        try (memory) {
            fetch();
            end(null);
        } catch (PullException definite) {
            end(definite);
        } catch (IOException | RuntimeException | Error unexpected) {
            end(
                    new PullException(
                            Reason.STORAGE, "cannot keep blob " + descriptor.digest(), unexpected));
        }
    }

    private void end(@Nullable PullException how) {
        synchronized (lock) {
            failure = how;
            ended = true;
            lock.notifyAll();
        }
    }

    private void fetch() throws IOException {
        var ranges = access.ranges();
        if (descriptor.sizeBytes() - received >= ranges.leastBytes()) {
            fetchPieces(ranges);
        }
        fetchRest();
    }

    /** In the end all has come, or the registry knows no ranges and nothing has. */
    private void fetchPieces(Ranges ranges) throws IOException {
        long end = descriptor.sizeBytes();
        try (var pieces = BlobPieces.start(source, received, end, ranges, timeouts)) {
            for (var next = pieces.next(); next.isPresent(); next = pieces.next()) {
                append(next.get());
            }
        }
    }

    private void fetchRest() throws IOException {
        int failures = 0;
        while (received < descriptor.sizeBytes()) {
            long before = received;
            try {
                copy();
            } catch (LostException lost) {
                source.lost();
                failures = received - before >= timeouts.windowBytes() ? 1 : failures + 1;
                if (Thread.currentThread().isInterrupted()
                        || failures >= timeouts.attempts()
                        || !timeouts.pause(failures, java.time.Duration.ZERO)) {
                    throw new PullException(
                            Thread.currentThread().isInterrupted()
                                    ? Reason.CANCELLED
                                    : Reason.UNAVAILABLE,
                            "connection lost while reading %s from %s: %s"
                                    .formatted(
                                            descriptor.digest(), source.name(), lost.getMessage()),
                            lost);
                }
            }
        }
    }

    private void copy() throws IOException, LostException {
        long offset = received;
        try (var answer = source.open(offset)) {
            long skipped = answer.status() == 206 ? 0 : offset;
            long expected = descriptor.sizeBytes() - offset + skipped;
            // Compressed blobs are often called so, too, and come as they are wanted.
            boolean compressed =
                    answer.isCompressed()
                            && answer.status() == 200
                            && answer.length().orElse(-1) != expected;
            if (!compressed) {
                check(answer, offset, expected);
            }
            var in = stream(answer, compressed);
            var progress = new Progress(timeouts, System.nanoTime());
            for (int count; (count = read(in)) >= 0; ) {
                if (!progress.isEnough(count, System.nanoTime())) {
                    throw new LostException("too slow: " + progress, null);
                }
                int skip = (int) Math.min(skipped, count);
                skipped -= skip;
                if (count > skip) {
                    append(appended.clear().put(chunk, skip, count - skip).flip());
                }
            }
            answer.finished();
        }
        if (received < descriptor.sizeBytes()) {
            throw new LostException("it ended early", null);
        }
    }

    /** A wrong length would only be found out at the end otherwise. */
    private void check(HttpAnswer answer, long offset, long expected) throws PullException {
        long promised = answer.length().orElse(expected);
        if (promised < expected) {
            throw corrupt("ends " + (expected - promised) + " bytes before its end");
        }
        if (promised > expected) {
            throw corrupt("is longer than " + descriptor.sizeBytes() + " bytes");
        }
        boolean elsewhere =
                answer.status() == 206
                        && answer.header("Content-Range")
                                .filter(range -> !range.startsWith("bytes " + offset + "-"))
                                .isPresent();
        if (elsewhere) {
            throw corrupt("was asked for from byte " + offset + " and came from elsewhere");
        }
    }

    private PullException corrupt(String how) {
        return new PullException(
                Reason.CORRUPT,
                "blob " + descriptor.digest() + " from " + source.name() + " " + how);
    }

    private static InputStream stream(HttpAnswer answer, boolean compressed) throws LostException {
        try {
            return compressed ? answer.plainStream() : answer.stream();
        } catch (IOException lost) {
            throw new LostException(String.valueOf(lost.getMessage()), lost);
        }
    }

    private int read(InputStream in) throws LostException {
        try {
            return in.read(chunk, 0, chunk.length);
        } catch (IOException lost) {
            throw new LostException(String.valueOf(lost.getMessage()), lost);
        }
    }

    private void append(ByteBuffer bytes) throws IOException {
        int count = bytes.remaining();
        if (received + count > descriptor.sizeBytes()) {
            throw corrupt("is longer than " + descriptor.sizeBytes() + " bytes");
        }
        file.append(bytes);
        meter.received(count);
        synchronized (lock) {
            received += count;
            if (received >= wanted) {
                lock.notifyAll();
            }
        }
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        if (!buffer.hasRemaining()) {
            return 0;
        }
        long available = await();
        if (available == 0) {
            return -1;
        }
        int limit = buffer.limit();
        buffer.limit(buffer.position() + (int) Math.min(buffer.remaining(), available));
        int count = file.read(buffer, position);
        buffer.limit(limit);
        if (count < 0) {
            throw new SyscallException(
                    "reading a blob at " + position,
                    new io.demitasse.linux.Errno(io.demitasse.linux.Errno.EIO));
        }
        position += count;
        return count;
    }

    /** {@return how many bytes may be read, 0 at the end} */
    private long await() throws IOException {
        synchronized (lock) {
            if (received == position) {
                wanted = Math.min(received + BATCH_BYTES, descriptor.sizeBytes());
            }
            while (received < wanted && !ended) {
                try {
                    lock.wait();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("interrupted while reading " + descriptor);
                }
            }
            if (received == position && failure != null) {
                throw failure;
            }
            return received - position;
        }
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        file.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
