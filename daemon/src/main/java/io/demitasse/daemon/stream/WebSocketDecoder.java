package io.demitasse.daemon.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.CorruptedFrameException;
import java.util.List;

/**
 * Takes the bytes out of a client's frames as they come: however large a frame or a message is, no
 * more of it is kept than was read at once.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-5.2">RFC 6455, section 5.2</a>
 */
final class WebSocketDecoder extends ByteToMessageDecoder {
    private static final int FINAL = 0x80;
    private static final int RESERVED = 0x70;
    private static final int OPCODE = 0x0f;
    private static final int CONTROL = 0x08;
    private static final int CONTINUATION = 0;
    private static final int CLOSE = 8;
    private static final int PING = 9;

    private static final int MASKED = 0x80;
    private static final int LENGTH = 0x7f;
    private static final int LENGTH_OF_16_BITS = 126;
    private static final int LENGTH_OF_64_BITS = 127;
    private static final int MASK_BYTES = 4;

    private final boolean tellsMessages;
    private long left; // of the frame that is being read
    private int mask; // turned so that its first byte is for the next one that comes

    /** Tells the beginnings of messages, or takes all of them for one stream of bytes. */
    WebSocketDecoder(boolean tellsMessages) {
        this.tellsMessages = tellsMessages;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (left > 0) {
            int count = (int) Math.min(left, in.readableBytes());
            left -= count;
            out.add(unmasked(in, count));
        } else if (in.readableBytes() >= 2) {
            beginFrame(context, in, out);
        }
    }

    private void beginFrame(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        int start = in.readerIndex();
        int first = in.getUnsignedByte(start);
        int second = in.getUnsignedByte(start + 1);
        boolean control = (first & CONTROL) != 0;
        int shortLength = second & LENGTH;
        boolean isShort = shortLength < LENGTH_OF_16_BITS;
        if ((second & MASKED) == 0
                || (first & RESERVED) != 0
                || (control && ((first & FINAL) == 0 || !isShort))) {
            throw new CorruptedFrameException("no frame that a client may send");
        }
        int lengthBytes = isShort ? 0 : shortLength == LENGTH_OF_64_BITS ? 8 : 2;
        int header = 2 + lengthBytes + MASK_BYTES;
        if (in.readableBytes() < header + (control ? shortLength : 0)) {
            return;
        }
        long length =
                switch (lengthBytes) {
                    case 0 -> shortLength;
                    case 2 -> in.getUnsignedShort(start + 2);
                    default -> in.getLong(start + 2);
                };
        if (length < 0) {
            throw new CorruptedFrameException("a length of 64 bits");
        }
        mask = in.getInt(start + header - MASK_BYTES);
        in.skipBytes(header);
        if (control) {
            control(context, first & OPCODE, unmasked(in, shortLength));
            return;
        }
        left = length;
        if (tellsMessages && (first & OPCODE) != CONTINUATION) {
            out.add(WebSocketSignal.MESSAGE_BEGINS);
        }
    }

    private static void control(ChannelHandlerContext context, int opcode, ByteBuf content) {
        if (opcode == PING) {
            Outbound.answer(context, WebSocketEncoder.pong(content));
        } else {
            content.release();
            if (opcode == CLOSE) {
                Outbound.close(context);
            }
        }
    }

    private ByteBuf unmasked(ByteBuf in, int count) {
        var bytes = in.readRetainedSlice(count);
        int at = 0;
        for (; at + Integer.BYTES <= count; at += Integer.BYTES) {
            bytes.setInt(at, bytes.getInt(at) ^ mask);
        }
        for (; at < count; at++) {
            bytes.setByte(at, bytes.getByte(at) ^ (mask >>> 24));
            mask = Integer.rotateLeft(mask, Byte.SIZE);
        }
        return bytes;
    }
}
