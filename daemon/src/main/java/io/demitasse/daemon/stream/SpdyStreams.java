package io.demitasse.daemon.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * The frames of SPDY/3.1 as the clients of Kubernetes use them: they open the streams, and neither
 * side counts windows.
 */
abstract class SpdyStreams extends ChannelInboundHandlerAdapter {
    /** A client opened a stream with these headers, which have been accepted. */
    abstract void opened(ChannelHandlerContext context, int stream, SpdyHeaders headers);

    /** Bytes came; they are borrowed. */
    abstract void received(ChannelHandlerContext context, int stream, ByteBuf bytes);

    /** The client sends no more on this stream. */
    abstract void ended(ChannelHandlerContext context, int stream);

    /** The client wants no more of this stream. */
    abstract void reset(ChannelHandlerContext context, int stream);

    @Override
    public final void channelRead(ChannelHandlerContext context, Object message) {
        try {
            switch (message) {
                case SpdySynStreamFrame frame -> open(context, frame);
                case SpdyDataFrame frame -> {
                    if (frame.content().isReadable()) {
                        received(context, frame.streamId(), frame.content());
                    }
                    if (frame.isLast()) {
                        ended(context, frame.streamId());
                    }
                }
                case SpdyRstStreamFrame frame -> reset(context, frame.streamId());
                case SpdyPingFrame ping -> Outbound.answer(context, ping);
                default -> {} // settings, windows, goodbyes
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void open(ChannelHandlerContext context, SpdySynStreamFrame frame) {
        if (frame.isInvalid() || frame.isTruncated()) {
            refuse(context, frame.streamId());
            return;
        }
        var reply = new DefaultSpdySynReplyFrame(frame.streamId());
        // Without headers the codec sends no header block at all, and Go waits for its count of 0.
        reply.headers().set("streamtype", header(frame.headers(), "streamtype"));
        Outbound.answer(context, reply);
        opened(context, frame.streamId(), frame.headers());
        if (frame.isLast()) {
            ended(context, frame.streamId());
        }
    }

    static void refuse(ChannelHandlerContext context, int stream) {
        Outbound.answer(
                context, new DefaultSpdyRstStreamFrame(stream, SpdyStreamStatus.REFUSED_STREAM));
    }

    static SpdyDataFrame data(int stream, byte[] bytes) {
        return new DefaultSpdyDataFrame(stream, Unpooled.wrappedBuffer(bytes));
    }

    static SpdyDataFrame last(int stream, byte[] bytes) {
        return data(stream, bytes).setLast(true);
    }

    static String header(SpdyHeaders headers, String name) {
        var value = headers.getAsString(name);
        return value == null ? "" : value;
    }

    /** Anything wrong with one connection concerns that one only. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Outbound.close(context);
    }
}
