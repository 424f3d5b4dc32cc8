package io.demitasse.daemon.stream;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.SEC_WEBSOCKET_ACCEPT;
import static io.netty.handler.codec.http.HttpHeaderNames.SEC_WEBSOCKET_KEY;
import static io.netty.handler.codec.http.HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL;
import static io.netty.handler.codec.http.HttpHeaderNames.SEC_WEBSOCKET_VERSION;
import static io.netty.handler.codec.http.HttpHeaderNames.UPGRADE;

import io.demitasse.daemon.listener.Deadline;
import io.demitasse.daemon.listener.LastAnswer;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.handler.flush.FlushConsolidationHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Agrees with a client that had a ticket on a protocol, and hands the connection over to it. */
final class UpgradeHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final String SPDY = "SPDY/3.1";
    private static final String WEBSOCKET = "websocket";
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

    /** What the answer to a WebSocket's key is made with: RFC 6455, section 1.3. */
    private static final String WEBSOCKET_WORD = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private final StreamRequest asked;
    private Optional<HttpRequest> head = Optional.empty();
    private boolean answered;

    UpgradeHandler(StreamRequest asked) {
        this.asked = asked;
    }

    /** The end of a request without a body comes with its head. */
    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) throws IOException {
        if (answered) {
            return;
        }
        if (part instanceof HttpRequest request) {
            head = Optional.of(request);
            refuseUnlessPlain(context, request);
        } else if (part instanceof LastHttpContent && head.isPresent()) {
            upgrade(context, head.get());
        }
    }

    private void refuseUnlessPlain(ChannelHandlerContext context, HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            refuse(
                    context,
                    HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    "these are no headers, or too many");
        } else if (HttpUtil.isTransferEncodingChunked(request)
                || HttpUtil.getContentLength(request, 0L) != 0) {
            refuse(context, HttpResponseStatus.BAD_REQUEST, "a request for a stream has no body");
        }
    }

    private void upgrade(ChannelHandlerContext context, HttpRequest request) throws IOException {
        var wanted = request.headers().get(UPGRADE);
        if (SPDY.equalsIgnoreCase(wanted)) {
            bySpdy(context, request);
        } else if (WEBSOCKET.equalsIgnoreCase(wanted)) {
            byWebSocket(context, request);
        } else {
            refuse(
                    context,
                    HttpResponseStatus.BAD_REQUEST,
                    "this URL is for a client that asks for an upgrade to SPDY/3.1 or websocket");
        }
    }

    private void bySpdy(ChannelHandlerContext context, HttpRequest request) throws IOException {
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
        var streams =
                switch (asked) {
                    case StreamRequest.Command command ->
                            new SpdyCommand(command, chosen.get(), context.channel());
                    case StreamRequest.PortForward forward -> new SpdyPortForward(forward);
                };
        var answer = switching(SPDY);
        if (!offered.isEmpty()) {
            answer.headers().set(PROTOCOL_HEADER, chosen.get());
        }
        Outbound.send(context, answer);
        become(context, spdy(), streams);
    }

    private void byWebSocket(ChannelHandlerContext context, HttpRequest request)
            throws IOException {
        var known =
                switch (asked) {
                    case StreamRequest.Command _ -> COMMAND_BY_WEBSOCKET;
                    case StreamRequest.PortForward _ -> List.of(TUNNEL);
                };
        var offered = words(request.headers().getAll(SEC_WEBSOCKET_PROTOCOL));
        var chosen = offered.stream().filter(known::contains).findFirst();
        var key = request.headers().get(SEC_WEBSOCKET_KEY);
        if (chosen.isEmpty()) {
            refuse(
                    context,
                    HttpResponseStatus.BAD_REQUEST,
                    "none of the sub-protocols " + offered + " is one of " + known);
            return;
        }
        if (key == null || !"13".equals(request.headers().get(SEC_WEBSOCKET_VERSION))) {
            refuse(context, HttpResponseStatus.UPGRADE_REQUIRED, "WebSocket version 13 is needed");
            return;
        }
        var handlers = webSocketStreams(context, chosen.get());
        var answer = switching(WEBSOCKET);
        answer.headers()
                .set(SEC_WEBSOCKET_ACCEPT, accept(key))
                .set(SEC_WEBSOCKET_PROTOCOL, chosen.get());
        Outbound.send(context, answer);
        become(context, handlers);
    }

    private ChannelHandler[] webSocketStreams(ChannelHandlerContext context, String protocol)
            throws IOException {
        return switch (asked) {
            case StreamRequest.Command command ->
                    new ChannelHandler[] {
                        new WebSocketDecoder(true),
                        new WebSocketEncoder(),
                        new WebSocketCommand(command, protocol, context.channel())
                    };
            case StreamRequest.PortForward forward ->
                    new ChannelHandler[] {
                        new WebSocketDecoder(false),
                        new WebSocketEncoder(),
                        spdy(),
                        new SpdyPortForward(forward)
                    };
        };
    }

    /** Counts of settings, and what a block of headers unpacks to, are bounded in here. */
    private static SpdyFrameCodec spdy() {
        return new SpdyFrameCodec(SpdyVersion.SPDY_3_1, false);
    }

    private static DefaultFullHttpResponse switching(String protocol) {
        var answer =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        answer.headers().set(CONNECTION, "Upgrade").set(UPGRADE, protocol);
        return answer;
    }

    private static String accept(String key) {
        try {
            var hash = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder()
                    .encodeToString(
                            hash.digest(
                                    (key + WEBSOCKET_WORD).getBytes(StandardCharsets.ISO_8859_1)));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every JDK has SHA-1", missing);
        }
    }

    /** Nothing of HTTP remains in the pipeline; what had been read of the next protocol goes on. */
    private void become(ChannelHandlerContext context, ChannelHandler... handlers) {
        answered = true;
        var pipeline = context.pipeline();
        // a flood of small frames is answered by few system calls
        pipeline.addFirst(new FlushConsolidationHandler());
        pipeline.addLast(handlers);
        pipeline.remove(this);
        pipeline.remove(HttpServerCodec.class);
        pipeline.remove(Deadline.class);
        pipeline.fireUserEventTriggered(ProtocolReady.INSTANCE);
    }

    private static List<String> words(List<String> headers) {
        return headers.stream()
                .flatMap(header -> Arrays.stream(header.split(",", -1)))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private void refuse(ChannelHandlerContext context, HttpResponseStatus status, String why) {
        answered = true;
        LastAnswer.refuse(context, status, why);
    }

    /** Anything wrong with one connection concerns that one only. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Outbound.close(context);
    }
}
