package io.demitasse.daemon.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.spdy.SpdyHeaders;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * Connections to ports of a pod over SPDY: for each, the client opens a stream for errors and one
 * for data, which have a request id in common.
 */
final class SpdyPortForward extends SpdyStreams implements ForwardedConnection.Owner {
    private static final int MAX_CONNECTIONS = 2_000;

    /** Each has a thread, which a port that accepts nobody keeps for as long as TCP tries. */
    private static final int MAX_CONNECTING = 32;

    private final StreamRequest.PortForward request;
    private final Map<String, Integer> errors = new HashMap<>();
    private final Map<Integer, ForwardedConnection> connections = new HashMap<>();
    private final Queue<ForwardedConnection> unconnected = new ArrayDeque<>();
    private final Set<ForwardedConnection> full = new HashSet<>();
    private int connecting;

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
                        new ForwardedConnection(context, request, port, stream, error, this);
                connections.put(stream, connection);
                unconnected.add(connection);
                connectNext();
            }
            default -> refuse(context, stream);
        }
    }

    private void connectNext() {
        while (connecting < MAX_CONNECTING && !unconnected.isEmpty()) {
            connecting++;
            unconnected.remove().open();
        }
    }

    @Override
    public void connectingEnded() {
        connecting--;
        connectNext();
    }

    @Override
    public void full(ForwardedConnection connection, boolean isFull) {
        var _ = isFull ? full.add(connection) : full.remove(connection);
    }

    @Override
    public boolean isAnyFull() {
        return !full.isEmpty();
    }

    @Override
    public void over(int stream) {
        connections.remove(stream);
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
            connection.send(bytes);
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
            unconnected.remove(connection);
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
        unconnected.clear();
    }
}
