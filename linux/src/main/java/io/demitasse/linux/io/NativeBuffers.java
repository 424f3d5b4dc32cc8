package io.demitasse.linux.io;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/**
 * Buffers that the kernel and libraries take without a copy, and that are gone when this is closed.
 *
 * <p>{@link ByteBuffer#allocateDirect} gives memory back when the collector pleases. Any thread may
 * use the buffers; after closing, using one throws.
 */
public final class NativeBuffers implements AutoCloseable {
    private final Arena arena = Arena.ofShared();

    /** {@return a new buffer of zeros, in the machine's byte order} */
    public ByteBuffer allocate(int bytes) {
        return arena.allocate(bytes).asByteBuffer().order(java.nio.ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        arena.close();
    }
}
