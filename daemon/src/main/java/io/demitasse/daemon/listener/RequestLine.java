package io.demitasse.daemon.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;

/** Reads the first line of a request into a small buffer, and has it decided what follows. */
final class RequestLine extends ChannelInboundHandlerAdapter {
    private static final int USUAL_BYTES = 64;
    private static final int MAX_BYTES = 1_024;
    private static final int MAX_HEAD_BYTES = 16 << 10;
    private static final int MAX_CHUNK_BYTES = 8 << 10;
    private static final int WORDS = 3;

    private final Newcomers newcomers;
    private final Admission admission;
    private final ByteBuf line = Unpooled.buffer(USUAL_BYTES, MAX_BYTES);
    private boolean decided;

    RequestLine(Newcomers newcomers, Admission admission) {
        this.newcomers = newcomers;
        this.admission = admission;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (decided || !(message instanceof ByteBuf bytes)) {
            ReferenceCountUtil.release(message);
            return;
        }
        int end = bytes.indexOf(bytes.readerIndex(), bytes.writerIndex(), (byte) '\n');
        int count = end < 0 ? bytes.readableBytes() : end + 1 - bytes.readerIndex();
        if (count > MAX_BYTES - line.readableBytes()) {
            bytes.release();
            refuse(context, HttpResponseStatus.REQUEST_URI_TOO_LONG, "there is no such URL here");
            return;
        }
        line.writeBytes(bytes, count);
        if (end < 0) {
            bytes.release();
        } else {
            decide(context, bytes);
        }
    }

    private void decide(ChannelHandlerContext context, ByteBuf rest) {
        var words = line.toString(StandardCharsets.US_ASCII).strip().split(" ", -1);
        if (words.length != WORDS || !words[2].startsWith("HTTP/1.")) {
            rest.release();
            refuse(context, HttpResponseStatus.BAD_REQUEST, "this port is for HTTP/1.1");
            return;
        }
        var guest = admission.admit(words[1]);
        if (guest.isEmpty()) {
            rest.release();
            refuse(
                    context,
                    HttpResponseStatus.NOT_FOUND,
                    "there is nothing at this URL; one for a stream is good once and for a minute");
            return;
        }
        decided = true;
        if (guest.get().isExpected()) {
            newcomers.expected(context.channel());
        }
        context.pipeline()
                .addLast(
                        new HttpServerCodec(MAX_BYTES, MAX_HEAD_BYTES, MAX_CHUNK_BYTES),
                        guest.get().handler());
        context.fireChannelRead(line.retain());
        context.fireChannelRead(rest);
        context.pipeline().remove(this);
    }

    private void refuse(ChannelHandlerContext context, HttpResponseStatus status, String why) {
        decided = true;
        context.pipeline().addFirst(new HttpResponseEncoder());
        LastAnswer.refuse(context, status, why);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        line.release();
    }

    /** Anything wrong with one connection concerns that one only. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        var _ = context.close();
    }
}
