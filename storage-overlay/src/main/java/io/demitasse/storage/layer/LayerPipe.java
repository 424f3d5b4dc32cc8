package io.demitasse.storage.layer;

import io.demitasse.linux.hash.Sha256;
import io.demitasse.linux.io.NativeBuffers;
import io.demitasse.storage.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decompresses and hashes an archive while it is being unpacked, each on a thread of its own.
 *
 * <pre>
 *   blob ──▶ decompress ──▶ ring of buffers ──┬──▶ whoever reads
 *                                             └──▶ hash
 * </pre>
 *
 * <p><b>Threads.</b> One thread reads and closes. A buffer is filled again when both have let go of
 * it; the counts and {@code failure} are guarded by {@code lock}. Closing ends the other threads
 * and waits for them.
 */
final class LayerPipe extends InputStream {
    private static final int BUFFERS = 8;
    private static final int BUFFER_BYTES = 1 << 18;

    /** Who had to wait goes on with so many at once: on a busy machine each wait costs a turn. */
    private static final int BATCH = BUFFERS / 2;

    private final Object lock = new Object();
    private final ReadableByteChannel archive;
    private final long maxBytes;
    private final NativeBuffers memory = new NativeBuffers();
    private final List<ByteBuffer> ring = new ArrayList<>();
    private final Thread decompressing;
    private final Thread hashing;
    private ByteBuffer current = ByteBuffer.allocate(0); // of the reader
    private ContentsListener listener = ContentsListener.NONE; // of the reader
    private long filled;
    private long hashed;
    private long released;
    private boolean complete;
    private boolean closed;
    private @Nullable Throwable failure;
    private @Nullable Digest digest;

    private LayerPipe(ReadableByteChannel archive, long maxBytes) {
        this.archive = archive;
        this.maxBytes = maxBytes;
        for (int i = 0; i < BUFFERS; i++) {
            ring.add(memory.allocate(BUFFER_BYTES));
        }
        var threads = Thread.ofPlatform().daemon();
        decompressing = threads.name("storage-decompress").unstarted(this::decompress);
        hashing = threads.name("storage-hash").unstarted(this::hash);
    }

    /** Starts, and takes ownership of the blob, which it reads to its end. */
    static LayerPipe start(ReadableByteChannel archive, long maxBytes) {
        var pipe = new LayerPipe(archive, maxBytes);
        pipe.decompressing.start();
        pipe.hashing.start();
        return pipe;
    }

    /** Tells this about all that is read. */
    void tell(ContentsListener chosen) {
        listener = chosen;
    }

    private void decompress() {
        try (var plain = Compression.decompress(archive)) {
            long bytes = 0;
            for (boolean more = true; more; ) {
                var buffer = buffer(awaitFree()).clear();
                more = fill(plain, buffer);
                bytes += buffer.flip().remaining();
                if (bytes > maxBytes) {
                    throw new LayerException("more than " + maxBytes + " bytes unpacked");
                }
                // The blob's own digest is known at its end only, which may be behind the archive's
                var rest = ByteBuffer.allocate(1 << 13);
                while (!more && archive.read(rest.clear()) >= 0) {
                    // to its end
                }
                publish(buffer.hasRemaining(), !more);
            }
        } catch (InterruptedException | IOException | RuntimeException | Error thrown) {
            fail(thrown);
        }
    }

    private ByteBuffer buffer(long number) {
        return ring.get((int) (number % BUFFERS));
    }

    /** {@return whether there may be more} */
    private static boolean fill(ReadableByteChannel plain, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (plain.read(buffer) < 0) {
                return false;
            }
        }
        return true;
    }

    private long awaitFree() throws InterruptedException {
        synchronized (lock) {
            if (filled - Math.min(hashed, released) == BUFFERS) {
                while (filled - Math.min(hashed, released) > BUFFERS - BATCH) {
                    lock.wait();
                }
            }
            return filled;
        }
    }

    /**
     * Called under the lock, after each step: who waits for room has filled all, so it is passed.
     */
    private void notifyIfThereIsRoom() {
        if (filled - Math.min(hashed, released) == BUFFERS - BATCH) {
            lock.notifyAll();
        }
    }

    private void publish(boolean some, boolean last) {
        synchronized (lock) {
            filled += some ? 1 : 0;
            complete = last;
            if (last || filled - Math.min(hashed, released) >= BATCH) {
                lock.notifyAll();
            }
        }
    }

    private void fail(Throwable thrown) {
        synchronized (lock) {
            if (failure == null) {
                failure = thrown;
            }
            lock.notifyAll();
        }
    }

    private void hash() {
        try (var hash = Sha256.begin()) {
            while (awaitFilled(hashed)) {
                hash.update(buffer(hashed).duplicate());
                synchronized (lock) {
                    hashed++;
                    notifyIfThereIsRoom();
                }
            }
            var result = Digest.of(hash);
            synchronized (lock) {
                digest = result;
                lock.notifyAll();
            }
        } catch (InterruptedException | RuntimeException | Error thrown) {
            fail(thrown);
        }
    }

    /** {@return whether there is a buffer of this number, which there is not at the end} */
    private boolean awaitFilled(long number) throws InterruptedException {
        synchronized (lock) {
            if (filled == number) {
                while (filled - number < BATCH && !complete && failure == null) {
                    lock.wait();
                }
            }
            if (filled == number && !complete) {
                throw new InterruptedException("nothing more to wait for");
            }
            return filled > number;
        }
    }

    /**
     * {@return the next bytes, at most so many, in memory that is theirs until the next call; or
     * null at the end}
     */
    @Nullable ByteBuffer next(int most) throws IOException {
        if (!current.hasRemaining() && !advance()) {
            return null;
        }
        int count = Math.min(most, current.remaining());
        var bytes = current.slice(current.position(), count);
        current.position(current.position() + count);
        listener.read(bytes.duplicate());
        return bytes;
    }

    private boolean advance() throws IOException {
        try {
            if (Thread.interrupted()) {
                throw new InterruptedException("between two buffers");
            }
            if (current.isDirect()) {
                synchronized (lock) {
                    released++;
                    notifyIfThereIsRoom();
                }
                current = ByteBuffer.allocate(0);
            }
            if (!awaitFilled(released)) {
                return false;
            }
            current = buffer(released).duplicate();
            return true;
        } catch (InterruptedException interrupted) {
            throw broken(interrupted);
        }
    }

    /** Of two failures, that of the other thread came first. */
    private IOException broken(InterruptedException interrupted) {
        synchronized (lock) {
            return switch (failure) {
                case IOException expected -> expected;
                case RuntimeException bug -> throw bug;
                case Error error -> throw error;
                case null, default -> {
                    Thread.currentThread().interrupt();
                    var reason = new InterruptedIOException("interrupted while unpacking");
                    reason.initCause(interrupted);
                    yield reason;
                }
            };
        }
    }

    @Override
    public int read() throws IOException {
        var one = next(1);
        return one == null ? -1 : one.get() & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        var bytes = next(length);
        if (bytes == null) {
            return -1;
        }
        int count = bytes.remaining();
        bytes.get(buffer, offset, count);
        return count;
    }

    @Override
    public long skip(long wanted) throws IOException {
        var bytes = wanted <= 0 ? null : next((int) Math.min(wanted, BUFFER_BYTES));
        return bytes == null ? 0 : bytes.remaining();
    }

    /** Reads what is left; {@return the digest of everything that was decompressed} */
    Digest finish() throws IOException {
        while (next(BUFFER_BYTES) != null) {
            // what follows the end of an archive is hashed, too
        }
        try {
            synchronized (lock) {
                while (digest == null) {
                    if (failure != null) {
                        throw new InterruptedException("there will be no digest");
                    }
                    lock.wait();
                }
                return digest;
            }
        } catch (InterruptedException interrupted) {
            throw broken(interrupted);
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        decompressing.interrupt();
        hashing.interrupt();
        boolean interrupted = Thread.interrupted();
        for (var thread : List.of(decompressing, hashing)) {
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
