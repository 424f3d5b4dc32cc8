package io.demitasse.daemon.stream;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static io.netty.handler.codec.http.HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL;
import static io.netty.handler.codec.http.HttpHeaderNames.UPGRADE;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Takes a ticket, agrees on a protocol, and hands the connection over to it. */
final class UpgradeHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final String SPDY = "SPDY/3.1";
    private static final String PROTOCOL_HEADER = "X-Stream-Protocol-Version";
    private static final String TUNNEL = "SPDY/3.1+portforward.k8s.io";
    private static final String PORT_FORWARD = "portforward.k8s.io";
    private static final List<String> COMMAND_BY_SPDY =
            List.of(
                    "v4.channel.k8s.io",
                    "v3.channel.k8s.io",
                    "v2.channel.k8s.io",
                    "channel.k8s.io");
    private static final List<String> COMMAND_BY_WEBSOCKET =
            List.of(
                    "v5.channel.k8s.io",
                    "v4.channel.k8s.io",
                    "v3.channel.k8s.io",
                    "v2.channel.k8s.io",
                    "channel.k8s.io");
    private static final int MAX_MESSAGE_BYTES = 4 << 20;

    private final Tickets tickets;

    UpgradeHandler(Tickets tickets) {
        this.tickets = tickets;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request)
            throws IOException {
        boolean spdy = SPDY.equalsIgnoreCase(request.headers().get(UPGRADE));
        boolean webSocket = "websocket".equalsIgnoreCase(request.headers().get(UPGRADE));
        if (!spdy && !webSocket) {
            refuse(
                    context,
                    HttpResponseStatus.BAD_REQUEST,
                    "this URL is for a client that asks for an upgrade to SPDY/3.1 or websocket");
            return;
        }
        var asked = redeem(request.uri());
        if (asked.isEmpty()) {
            refuse(
                    context,
                    HttpResponseStatus.NOT_FOUND,
                    "this URL was used already, is older than a minute, or never was");
            return;
        }
        if (spdy) {
            bySpdy(context, request, asked.get());
        } else {
            byWebSocket(context, request, asked.get());
        }
    }

    private Optional<StreamRequest> redeem(String uri) {
        var parts = uri.split("[/?]", -1);
        return parts.length < 3
                ? Optional.empty()
                : tickets.redeem(parts[2]).filter(request -> request.path().equals(parts[1]));
    }

    private void bySpdy(ChannelHandlerContext context, FullHttpRequest request, StreamRequest asked)
            throws IOException {
        var known =
                switch (asked) {
                    case StreamRequest.Command _ -> COMMAND_BY_SPDY;
                    case StreamRequest.PortForward _ -> List.of(PORT_FORWARD);
                };
        var offered = words(request.headers().getAll(PROTOCOL_HEADER));
        var chosen =
                offered.isEmpty()
                        ? Optional.of(known.getLast())
                        : offered.stream().filter(known::contains).findFirst();
        if (chosen.isEmpty()) {
            refuse(
                    context,
                    HttpResponseStatus.FORBIDDEN,
                    "none of the protocols " + offered + " is one of " + known);
            return;
        }
        var answer =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        answer.headers().set(CONNECTION, "Upgrade").set(UPGRADE, SPDY);
        if (!offered.isEmpty()) {
            answer.headers().set(PROTOCOL_HEADER, chosen.get());
        }
        var streams = spdyStreams(context, asked, chosen.get());
        Outbound.send(context, answer);
        become(context, new SpdyFrameCodec(SpdyVersion.SPDY_3_1, false), streams);
    }

    private static ChannelHandler spdyStreams(
            ChannelHandlerContext context, StreamRequest asked, String protocol)
            throws IOException {
        return switch (asked) {
            case StreamRequest.Command command ->
                    new SpdyCommand(command, protocol, context.channel());
            case StreamRequest.PortForward forward -> new SpdyPortForward(forward);
        };
    }

    private void byWebSocket(
            ChannelHandlerContext context, FullHttpRequest request, StreamRequest asked)
            throws IOException {
        var known =
                switch (asked) {
                    case StreamRequest.Command _ -> COMMAND_BY_WEBSOCKET;
                    case StreamRequest.PortForward _ -> List.of(TUNNEL);
                };
        var offered = words(request.headers().getAll(SEC_WEBSOCKET_PROTOCOL));
        var chosen = offered.stream().filter(known::contains).findFirst();
        if (chosen.isEmpty()) {
            refuse(
                    context,
                    HttpResponseStatus.BAD_REQUEST,
                    "none of the sub-protocols " + offered + " is one of " + known);
            return;
        }
        var handshaker =
                new WebSocketServerHandshakerFactory(
                                request.uri(), chosen.get(), false, MAX_MESSAGE_BYTES)
                        .newHandshaker(request);
        if (handshaker == null) {
            refuse(context, HttpResponseStatus.UPGRADE_REQUIRED, "WebSocket version 13 is needed");
            return;
        }
        var pipeline = context.pipeline();
        var handlers = webSocketStreams(context, asked, chosen.get());
        pipeline.remove(this);
        // only now: these would not know what to make of the answer to the handshake
        handshaker
                .handshake(context.channel(), request)
                .addListener(done -> {
                    pipeline.addLast(handlers);
                    pipeline.fireUserEventTriggered(ProtocolReady.INSTANCE);
                });
    }

    private static ChannelHandler[] webSocketStreams(
            ChannelHandlerContext context, StreamRequest asked, String protocol)
            throws IOException {
        return switch (asked) {
            case StreamRequest.Command command ->
                    new ChannelHandler[] {
                        new WebSocketFrameAggregator(MAX_MESSAGE_BYTES),
                        new WebSocketCommand(command, protocol, context.channel())
                    };
            case StreamRequest.PortForward forward ->
                    new ChannelHandler[] {
                        new WebSocketTunnel(),
                        new SpdyFrameCodec(SpdyVersion.SPDY_3_1, false),
                        new SpdyPortForward(forward)
                    };
        };
    }

    /** Nothing of HTTP remains in the pipeline; what had been read of the next protocol goes on. */
    private void become(ChannelHandlerContext context, ChannelHandler... handlers) {
        var pipeline = context.pipeline();
        pipeline.addLast(handlers);
        pipeline.remove(this);
        pipeline.remove(HttpObjectAggregator.class);
        pipeline.remove(HttpServerCodec.class);
        pipeline.fireUserEventTriggered(ProtocolReady.INSTANCE);
    }

    private static List<String> words(List<String> headers) {
        return headers.stream()
                .flatMap(header -> Arrays.stream(header.split(",", -1)))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static void refuse(
            ChannelHandlerContext context, HttpResponseStatus status, String sentence) {
        var answer =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        status,
                        Unpooled.copiedBuffer(sentence + "\n", StandardCharsets.UTF_8));
        answer.headers()
                .set(CONTENT_TYPE, "text/plain; charset=utf-8")
                .set(CONTENT_LENGTH, answer.content().readableBytes())
                .set(CONNECTION, "close");
        Outbound.sendLast(context, answer);
    }

    /** Anything wrong with one connection concerns that one only. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Outbound.close(context);
    }
}
