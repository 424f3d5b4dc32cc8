package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import java.util.HashMap;
import java.util.Map;

/**
 * Connections to ports of a pod over SPDY: for each, the client opens a stream for errors and one
 * for data, which have a request id in common.
 */
final class SpdyPortForward extends SpdyStreams {
    private static final int MAX_CONNECTIONS = 2_000;

    private final Map<String, Integer> errors = new HashMap<>();
    private final ForwardedConnections connections;

    SpdyPortForward(StreamRequest.PortForward request) {
        connections = new ForwardedConnections(request);
    }

    @Override
    void opened(ChannelHandlerContext context, int stream, SpdyHeaders headers) {
        // clients that send no id open the two in turn
        var id = header(headers, "requestid");
        switch (header(headers, "streamtype")) {
            case "error" -> {
                if (errors.size() < MAX_CONNECTIONS) {
                    errors.put(id, stream);
                } else {
                    refuse(context, stream);
                }
            }
            case "data" -> {
                var error = errors.remove(id);
                var port = ForwardedPorts.parse(header(headers, "port"));
                if (error == null || port.isEmpty() || connections.count() == MAX_CONNECTIONS) {
                    refuse(context, stream);
                    return;
                }
                connections.open(
                        context, stream, port.getAsInt(), new Pair(context, stream, error));
            }
            default -> refuse(context, stream);
        }
    }

    /** The two streams of a connection. */
    private record Pair(ChannelHandlerContext context, int data, int error) implements PortClient {
        @Override
        public void data(ByteBuf bytes) {
            Outbound.send(context, new DefaultSpdyDataFrame(data, bytes));
        }

        @Override
        public void dataEnd() {
            Outbound.answer(context, last(data, new byte[0]));
        }

        @Override
        public void over(String failure) {
            Outbound.answer(context, last(error, failure.getBytes(UTF_8)));
        }
    }

    @Override
    void received(ChannelHandlerContext context, int stream, ByteBuf bytes) {
        connections.send(stream, bytes);
    }

    @Override
    void ended(ChannelHandlerContext context, int stream) {
        connections.endInput(stream);
    }

    @Override
    void reset(ChannelHandlerContext context, int stream) {
        connections.reset(stream);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        connections.pause(!context.channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        connections.leaveAll();
    }
}
