package io.demitasse.daemon.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.spdy.SpdyHeaders;
import java.util.HashMap;
import java.util.Map;

/**
 * Connections to ports of a pod over SPDY: for each, the client opens a stream for errors and one
 * for data, which have a request id in common.
 */
final class SpdyPortForward extends SpdyStreams {
    /** Each that is not connected yet has a thread. */
    private static final int MAX_CONNECTIONS = 2_000;

    private final StreamRequest.PortForward request;
    private final Map<String, Integer> errors = new HashMap<>();
    private final Map<Integer, ForwardedConnection> connections = new HashMap<>();

    SpdyPortForward(StreamRequest.PortForward request) {
        this.request = request;
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
                int port = port(header(headers, "port"));
                if (error == null || port == 0 || connections.size() == MAX_CONNECTIONS) {
                    refuse(context, stream);
                    return;
                }
                var connection =
                        new ForwardedConnection(
                                context, request, port, stream, error, connections::remove);
                connections.put(stream, connection);
                connection.open();
            }
            default -> refuse(context, stream);
        }
    }

    private static int port(String text) {
        return text.matches("[1-9][0-9]{0,4}") && Integer.parseInt(text) <= 0xffff
                ? Integer.parseInt(text)
                : 0;
    }

    @Override
    void received(ChannelHandlerContext context, int stream, ByteBuf bytes) {
        var connection = connections.get(stream);
        if (connection != null) {
            connection.send(bytes.retain());
        }
    }

    @Override
    void ended(ChannelHandlerContext context, int stream) {
        var connection = connections.get(stream);
        if (connection != null) {
            connection.endInput();
        }
    }

    @Override
    void reset(ChannelHandlerContext context, int stream) {
        var connection = connections.remove(stream);
        if (connection != null) {
            connection.close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        boolean writable = context.channel().isWritable();
        connections.values().forEach(connection -> connection.pause(!writable));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        Map.copyOf(connections).values().forEach(ForwardedConnection::close);
        connections.clear();
    }
}
