package io.demitasse.linux.compression;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.io.IOException;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * Decompresses zstd as it reads: any number of frames, skippable ones among them.
 *
 * <p>Confined to one thread, which closes it, and with it the channel that it reads from. Takes at
 * most 128 MiB for the window of a frame, as the command {@code zstd} does; one that wants more is
 * refused.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8878">RFC 8878</a>
 */
public final class ZstdChannel implements ReadableByteChannel {
    private static final int MAX_WINDOW_LOG = 27;
    private static final VarHandle IN_POS = field("pos", true);
    private static final VarHandle IN_SIZE = field("size", true);
    private static final VarHandle OUT_DST = field("dst", false);
    private static final VarHandle OUT_SIZE = field("size", false);
    private static final VarHandle OUT_POS = field("pos", false);

    private final ZstdCalls zstd;
    private final NativeChannel buffers;
    private final long context;
    private final MemorySegment input;
    private final MemorySegment output;
    private boolean insideFrame;

    private ZstdChannel(ZstdCalls zstd, ReadableByteChannel in, long context) {
        this.zstd = zstd;
        this.context = context;
        buffers = new NativeChannel(in);
        input = buffers.arena().allocate(ZstdCalls.ZSTD_inBuffer);
        output = buffers.arena().allocate(ZstdCalls.ZSTD_outBuffer);
        input.set(ADDRESS, 0, buffers.compressed());
    }

    private static VarHandle field(String name, boolean in) {
        var layout = in ? ZstdCalls.ZSTD_inBuffer : ZstdCalls.ZSTD_outBuffer;
        return layout.varHandle(PathElement.groupElement(name)).withInvokeExactBehavior();
    }

    /**
     * Takes ownership of a channel.
     *
     * @throws IOException if the system's library is missing, or memory
     */
    public static ZstdChannel over(ReadableByteChannel in) throws IOException {
        var zstd = ZstdCalls.link();
        long context = zstd.createDCtx();
        if (context == 0) {
            throw new IOException("ZSTD_createDCtx() = NULL");
        }
        var channel = new ZstdChannel(zstd, in, context);
        long result = zstd.limitWindow(context, MAX_WINDOW_LOG);
        if (zstd.isError(result)) {
            channel.close();
            throw new IOException("ZSTD_DCtx_setParameter: " + zstd.errorName(result));
        }
        return channel;
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        return buffer.hasRemaining() ? buffers.into(buffer, this::decompress) : 0;
    }

    private int decompress(MemorySegment plain) throws IOException {
        OUT_DST.set(output, 0L, plain);
        OUT_SIZE.set(output, 0L, plain.byteSize());
        while (true) {
            if (isInputUsed() && !refill() && !insideFrame) {
                return -1;
            }
            OUT_POS.set(output, 0L, 0L);
            long result = zstd.decompressStream(context, output, input);
            if (zstd.isError(result)) {
                throw new CompressionException("zstd: " + zstd.errorName(result));
            }
            insideFrame = result != 0;
            int count = (int) (long) OUT_POS.get(output, 0L);
            if (count > 0) {
                return count;
            }
            if (buffers.isEnded() && insideFrame) {
                throw new CompressionException("zstd: ends within a frame");
            }
        }
    }

    private boolean isInputUsed() {
        return (long) IN_POS.get(input, 0L) == (long) IN_SIZE.get(input, 0L);
    }

    private boolean refill() throws IOException {
        int count = buffers.refill();
        IN_POS.set(input, 0L, 0L);
        IN_SIZE.set(input, 0L, (long) count);
        return count > 0;
    }

    @Override
    public boolean isOpen() {
        return buffers.isOpen();
    }

    @Override
    public void close() throws IOException {
        if (isOpen()) {
            zstd.freeDCtx(context);
        }
        buffers.close();
    }
}
