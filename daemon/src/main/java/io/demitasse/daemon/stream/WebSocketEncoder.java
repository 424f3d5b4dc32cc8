package io.demitasse.daemon.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Makes a message of each buffer, binary or text.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-5.2">RFC 6455, section 5.2</a>
 */
final class WebSocketEncoder extends ChannelOutboundHandlerAdapter {
    private static final int FINAL_TEXT = 0x81;
    private static final int FINAL_BINARY = 0x82;
    private static final int FINAL_CLOSE = 0x88;
    private static final int FINAL_PONG = 0x8a;
    private static final int MAX_SHORT_LENGTH = 125;
    private static final int MAX_HEADER_BYTES = 10;
    private static final int NORMAL_CLOSURE = 1_000;

    private final int first;

    WebSocketEncoder(ChannelEncoding encoding) {
        first =
                switch (encoding) {
                    case BINARY -> FINAL_BINARY;
                    case BASE64 -> FINAL_TEXT;
                };
    }

    /** {@return a frame that is written before this handler; the content is its own} */
    static ByteBuf pong(ByteBuf content) {
        var frame = Unpooled.buffer(2 + content.readableBytes());
        frame.writeByte(FINAL_PONG).writeByte(content.readableBytes()).writeBytes(content);
        content.release();
        return frame;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        switch (message) {
            case ByteBuf bytes -> {
                var _ = context.write(header(bytes.readableBytes()));
                var _ = context.write(bytes, promise);
            }
            case WebSocketSignal signal when signal == WebSocketSignal.CLOSE -> {
                var frame = Unpooled.buffer(2 + Short.BYTES);
                frame.writeByte(FINAL_CLOSE).writeByte(Short.BYTES).writeShort(NORMAL_CLOSURE);
                var _ = context.write(frame, promise);
            }
            default -> {
                var _ = context.write(message, promise);
            }
        }
    }

    private ByteBuf header(int length) {
        var header = Unpooled.buffer(MAX_HEADER_BYTES).writeByte(first);
        if (length <= MAX_SHORT_LENGTH) {
            return header.writeByte(length);
        }
        return length <= 0xffff
                ? header.writeByte(MAX_SHORT_LENGTH + 1).writeShort(length)
                : header.writeByte(MAX_SHORT_LENGTH + 2).writeLong(length);
    }
}
