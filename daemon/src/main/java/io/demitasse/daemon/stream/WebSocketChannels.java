package io.demitasse.daemon.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/** Messages of a WebSocket whose beginnings name the channel that they belong to. */
abstract class WebSocketChannels extends ChannelInboundHandlerAdapter {
    private static final int NOT_NAMED_YET = Integer.MIN_VALUE;

    private final ChannelEncoding encoding;
    private final Base64Pieces base64 = new Base64Pieces();
    private int channel = NOT_NAMED_YET;

    WebSocketChannels(ChannelEncoding encoding) {
        this.encoding = encoding;
    }

    /** Bytes came for a channel, of a message or of a piece of one; they are borrowed. */
    abstract void received(ChannelHandlerContext context, int from, ByteBuf bytes);

    @Override
    public final void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message == WebSocketSignal.MESSAGE_BEGINS) {
                channel = NOT_NAMED_YET;
                base64.begin();
            } else if (message instanceof ByteBuf piece && piece.isReadable()) {
                read(context, piece);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void read(ChannelHandlerContext context, ByteBuf piece) {
        if (channel == NOT_NAMED_YET) {
            channel = encoding.channel(piece.readUnsignedByte());
        }
        switch (encoding) {
            case BINARY -> received(context, channel, piece);
            case BASE64 -> received(context, channel, Unpooled.wrappedBuffer(base64.decode(piece)));
        }
    }

    /** {@return what to send for these bytes, which are its own from now on} */
    final ByteBuf message(int to, ByteBuf bytes) {
        return encoding.message(to, bytes);
    }

    /** {@return what to send for these bytes} */
    final ByteBuf message(int to, byte[] bytes) {
        return message(to, Unpooled.wrappedBuffer(bytes));
    }

    /** Nothing more will be sent. Whoever closes first might lose what the other has not read. */
    static void finish(Channel connection) {
        Outbound.send(connection, WebSocketSignal.CLOSE);
        connection.config().setAutoRead(true);
        Outbound.closeLater(connection);
    }

    /** Anything wrong with one connection concerns that one only. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Outbound.close(context);
    }
}
