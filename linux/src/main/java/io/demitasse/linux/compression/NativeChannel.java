package io.demitasse.linux.compression;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * A channel's buffers in native memory: what a library reads from, and what it writes to where the
 * caller's buffer is none that it can.
 *
 * <p>Confined to the thread that made it, which closes it and the channel.
 */
final class NativeChannel implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 17;

    private final ReadableByteChannel in;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment compressed = arena.allocate(BUFFER_BYTES);
    private final ByteBuffer compressedBuffer = compressed.asByteBuffer();
    private final ByteBuffer plain = arena.allocate(BUFFER_BYTES).asByteBuffer();
    private boolean ended;
    private boolean closed;

    NativeChannel(ReadableByteChannel in) {
        this.in = in;
    }

    Arena arena() {
        return arena;
    }

    MemorySegment compressed() {
        return compressed;
    }

    boolean isEnded() {
        return ended;
    }

    boolean isOpen() {
        return !closed;
    }

    /** {@return how many bytes are there now, from the start; 0 at the end} */
    int refill() throws IOException {
        if (ended) {
            return 0;
        }
        compressedBuffer.clear();
        int count;
        do {
            count = in.read(compressedBuffer);
        } while (count == 0);
        ended = count < 0;
        return Math.max(0, count);
    }

    /** Decompresses into a segment. */
    interface Step {
        /** {@return the count, at least one, or -1 at the end} */
        int run(MemorySegment output) throws IOException;
    }

    /** Runs a step into a buffer; directly, if that is possible. */
    int into(ByteBuffer buffer, Step step) throws IOException {
        if (buffer.isDirect()) {
            int count = step.run(MemorySegment.ofBuffer(buffer));
            buffer.position(buffer.position() + Math.max(0, count));
            return count;
        }
        plain.clear().limit(Math.min(plain.capacity(), buffer.remaining()));
        int count = step.run(MemorySegment.ofBuffer(plain));
        buffer.put(plain.limit(Math.max(0, count)));
        return count;
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            arena.close();
            in.close();
        }
    }
}
