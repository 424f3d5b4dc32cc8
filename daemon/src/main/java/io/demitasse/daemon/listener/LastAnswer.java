package io.demitasse.daemon.listener;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/**
 * The only answer to a request over HTTP, or the last one.
 *
 * <p>Our side of the connection is shut then, and the client closes the other, or the {@link
 * Deadline} does: whoever closes first, with something unread, takes the answer back.
 */
public final class LastAnswer {
    private static final String PLAIN = "text/plain; charset=utf-8";

    private LastAnswer() {}

    /** Says in a sentence why there is nothing else. */
    public static void refuse(
            ChannelHandlerContext context, HttpResponseStatus status, String sentence) {
        send(context, status, PLAIN, sentence + "\n");
    }

    /** Sends a text. */
    public static void send(
            ChannelHandlerContext context, HttpResponseStatus status, String type, String text) {
        var answer =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        status,
                        Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
        answer.headers()
                .set(CONTENT_TYPE, type)
                .set(CONTENT_LENGTH, answer.content().readableBytes())
                .set(CONNECTION, "close");
        var connection = (SocketChannel) context.channel();
        ChannelFutureListener endOutput =
                _ -> {
                    var _ = connection.shutdownOutput();
                };
        var _ = context.writeAndFlush(answer).addListener(endOutput);
    }
}
