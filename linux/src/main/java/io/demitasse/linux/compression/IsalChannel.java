package io.demitasse.linux.compression;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Members of gzip one after another, by isa-l, which checks their CRC and length. */
final class IsalChannel implements ReadableByteChannel {
    private static final int MAGIC = 0x1f;
    private static final VarHandle NEXT_OUT = field("next_out");
    private static final VarHandle AVAIL_OUT = field("avail_out");
    private static final VarHandle NEXT_IN = field("next_in");
    private static final VarHandle AVAIL_IN = field("avail_in");
    private static final VarHandle BLOCK_STATE = field("block_state");
    private static final VarHandle CRC_FLAG = field("crc_flag");

    private final IsalCalls isal;
    private final NativeChannel buffers;
    private final MemorySegment state;
    private boolean insideMember;
    private boolean ended;

    IsalChannel(IsalCalls isal, ReadableByteChannel in) {
        this.isal = isal;
        buffers = new NativeChannel(in);
        state = buffers.arena().allocate(IsalCalls.STATE_BYTES, Long.BYTES);
        isal.init(state);
        setInput(0);
    }

    private static VarHandle field(String name) {
        return IsalCalls.INFLATE_STATE
                .varHandle(PathElement.groupElement(name))
                .withInvokeExactBehavior();
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        return buffer.hasRemaining() ? buffers.into(buffer, this::decompress) : 0;
    }

    private int decompress(MemorySegment output) throws IOException {
        while (!ended) {
            if (availableBytes() == 0) {
                setInput(buffers.refill());
            }
            if (!insideMember && !begin()) {
                ended = true;
                break;
            }
            int count = inflate(output);
            if (count > 0) {
                return count;
            }
            if (insideMember && buffers.isEnded() && availableBytes() == 0) {
                throw new CompressionException("gzip: ends within a member");
            }
        }
        return -1;
    }

    /** {@return whether there is another member} */
    private boolean begin() {
        boolean another =
                availableBytes() > 0 && buffers.compressed().get(JAVA_BYTE, position()) == MAGIC;
        if (another) {
            isal.reset(state);
            CRC_FLAG.set(state, 0L, IsalCalls.ISAL_GZIP);
            insideMember = true;
        }
        return another;
    }

    private int inflate(MemorySegment output) throws CompressionException {
        NEXT_OUT.set(state, 0L, output);
        AVAIL_OUT.set(state, 0L, (int) output.byteSize());
        int result = isal.inflate(state);
        if (result < 0) {
            throw new CompressionException("gzip: " + IsalCalls.errorName(result));
        }
        insideMember = (int) BLOCK_STATE.get(state, 0L) != IsalCalls.ISAL_BLOCK_FINISH;
        return (int) output.byteSize() - (int) AVAIL_OUT.get(state, 0L);
    }

    private int availableBytes() {
        return (int) AVAIL_IN.get(state, 0L);
    }

    private long position() {
        var next = (MemorySegment) NEXT_IN.get(state, 0L);
        return next.address() - buffers.compressed().address();
    }

    private void setInput(int bytes) {
        NEXT_IN.set(state, 0L, buffers.compressed());
        AVAIL_IN.set(state, 0L, bytes);
    }

    @Override
    public boolean isOpen() {
        return buffers.isOpen();
    }

    @Override
    public void close() throws IOException {
        buffers.close();
    }
}
