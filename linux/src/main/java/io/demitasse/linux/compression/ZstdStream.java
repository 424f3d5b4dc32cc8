package io.demitasse.linux.compression;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * Decompresses zstd as it reads: any number of frames, skippable ones among them.
 *
 * <p>Confined to one thread, which closes it, and with it the stream that it reads from. Takes at
 * most 128 MiB for the window of a frame, as the command {@code zstd} does; one that wants more is
 * refused.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8878">RFC 8878</a>
 */
public final class ZstdStream extends InputStream {
    private static final int MAX_WINDOW_LOG = 27;
    private static final int BUFFER_BYTES = 1 << 17; // what the library recommends
    private static final VarHandle IN_POS = field("pos", true);
    private static final VarHandle IN_SIZE = field("size", true);
    private static final VarHandle OUT_POS = field("pos", false);

    private final ZstdCalls zstd;
    private final InputStream in;
    private final long context;
    private final Arena arena;
    private final byte[] chunk = new byte[BUFFER_BYTES];
    private final MemorySegment compressed;
    private final MemorySegment plain;
    private final MemorySegment input;
    private final MemorySegment output;
    private int plainPosition;
    private int plainCount;
    private boolean insideFrame;
    private boolean ended;
    private boolean closed;

    private ZstdStream(ZstdCalls zstd, InputStream in, long context) {
        this.zstd = zstd;
        this.in = in;
        this.context = context;
        this.arena = Arena.ofConfined();
        compressed = arena.allocate(BUFFER_BYTES);
        plain = arena.allocate(BUFFER_BYTES);
        input = arena.allocate(ZstdCalls.ZSTD_inBuffer);
        output = arena.allocate(ZstdCalls.ZSTD_outBuffer);
        input.set(ADDRESS, 0, compressed);
        output.set(ADDRESS, 0, plain);
        output.set(JAVA_LONG, JAVA_LONG.byteSize(), BUFFER_BYTES);
    }

    private static VarHandle field(String name, boolean in) {
        var layout = in ? ZstdCalls.ZSTD_inBuffer : ZstdCalls.ZSTD_outBuffer;
        return layout.varHandle(PathElement.groupElement(name)).withInvokeExactBehavior();
    }

    /**
     * Takes ownership of a stream.
     *
     * @throws IOException if the system's library is missing, or memory
     */
    public static ZstdStream over(InputStream in) throws IOException {
        var zstd = ZstdCalls.link();
        long context = zstd.createDCtx();
        if (context == 0) {
            throw new IOException("ZSTD_createDCtx() = NULL");
        }
        var stream = new ZstdStream(zstd, in, context);
        long result = zstd.limitWindow(context, MAX_WINDOW_LOG);
        if (zstd.isError(result)) {
            stream.release();
            throw new IOException("ZSTD_DCtx_setParameter: " + zstd.errorName(result));
        }
        return stream;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        if (plainPosition == plainCount && !decompress()) {
            return -1;
        }
        int count = Math.min(length, plainCount - plainPosition);
        MemorySegment.copy(plain, JAVA_BYTE, plainPosition, buffer, offset, count);
        plainPosition += count;
        return count;
    }

    /** Fills the plain buffer; {@return false at the end} */
    private boolean decompress() throws IOException {
        while (true) {
            if (isInputUsed() && !refill() && !insideFrame) {
                return false;
            }
            OUT_POS.set(output, 0L, 0L);
            long result = zstd.decompressStream(context, output, input);
            if (zstd.isError(result)) {
                throw new CompressionException("zstd: " + zstd.errorName(result));
            }
            insideFrame = result != 0;
            plainPosition = 0;
            plainCount = (int) (long) OUT_POS.get(output, 0L);
            if (plainCount > 0) {
                return true;
            }
            if (ended && insideFrame) {
                throw new CompressionException("zstd: ends within a frame");
            }
        }
    }

    private boolean isInputUsed() {
        return (long) IN_POS.get(input, 0L) == (long) IN_SIZE.get(input, 0L);
    }

    private boolean refill() throws IOException {
        int count = ended ? -1 : in.read(chunk, 0, chunk.length);
        ended = count < 0;
        int size = Math.max(0, count);
        MemorySegment.copy(chunk, 0, compressed, JAVA_BYTE, 0, size);
        IN_POS.set(input, 0L, 0L);
        IN_SIZE.set(input, 0L, (long) size);
        return !ended;
    }

    private void release() {
        zstd.freeDCtx(context);
        arena.close();
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            release();
        }
        in.close();
    }
}
