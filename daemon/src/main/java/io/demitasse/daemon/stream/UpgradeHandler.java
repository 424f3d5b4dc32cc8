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
import java.net.ProtocolException;
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
            upgradeOrRefuse(context, head.get());
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

    private void upgradeOrRefuse(ChannelHandlerContext context, HttpRequest request)
            throws IOException {
        try {
            upgrade(context, request);
        } catch (ProtocolException refused) {
            refuse(context, HttpResponseStatus.BAD_REQUEST, String.valueOf(refused.getMessage()));
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
        var offered = words(request.headers().getAll(PROTOCOL_HEADER));
        var chosen = choose(context, SubProtocol.bySpdy(asked), offered);
        if (chosen.isEmpty()) {
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
        var offered = words(request.headers().getAll(SEC_WEBSOCKET_PROTOCOL));
        var chosen = choose(context, SubProtocol.byWebSocket(asked), offered);
        if (chosen.isEmpty()) {
            return;
        }
        var key = request.headers().get(SEC_WEBSOCKET_KEY);
        if (key == null || !"13".equals(request.headers().get(SEC_WEBSOCKET_VERSION))) {
            refuse(context, HttpResponseStatus.UPGRADE_REQUIRED, "WebSocket version 13 is needed");
            return;
        }
        var streams = webSocketStreams(context, request.uri(), chosen.get());
        var answer = switching(WEBSOCKET);
        answer.headers().set(SEC_WEBSOCKET_ACCEPT, accept(key));
        if (!offered.isEmpty()) {
            answer.headers().set(SEC_WEBSOCKET_PROTOCOL, chosen.get());
        }
        Outbound.send(context, answer);
        become(context, streams);
    }

    private Optional<SubProtocol> choose(
            ChannelHandlerContext context, List<SubProtocol> known, List<String> offered) {
        var chosen = SubProtocol.choose(known, offered);
        if (chosen.isEmpty()) {
            refuse(
                    context,
                    HttpResponseStatus.FORBIDDEN,
                    "none of the protocols " + offered + " is one of " + known);
        }
        return chosen;
    }

    private ChannelHandler[] webSocketStreams(
            ChannelHandlerContext context, String uri, SubProtocol protocol) throws IOException {
        var encoder = new WebSocketEncoder(protocol.encoding());
        if (asked instanceof StreamRequest.PortForward forward
                && protocol == SubProtocol.PORT_FORWARD_TUNNEL) {
            return new ChannelHandler[] {
                new WebSocketDecoder(false), encoder, spdy(), new SpdyPortForward(forward)
            };
        }
        var channels =
                switch (asked) {
                    case StreamRequest.Command command ->
                            new WebSocketCommand(command, protocol, context.channel());
                    case StreamRequest.PortForward forward ->
                            new WebSocketPortForward(
                                    forward,
                                    ForwardedPorts.of(forward, uri, protocol.encoding()),
                                    protocol.encoding());
                };
        return new ChannelHandler[] {new WebSocketDecoder(true), encoder, channels};
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
