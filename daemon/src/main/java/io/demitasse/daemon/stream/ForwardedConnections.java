package io.demitasse.daemon.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The connections of one client to ports of a pod, each by the number of the stream or channel that
 * carries its data.
 *
 * <p><b>Threads.</b> Belongs to the network thread.
 */
final class ForwardedConnections {
    /** Each has a thread, which a port that accepts nobody keeps for as long as TCP tries. */
    private static final int MAX_CONNECTING = 32;

    private final StreamRequest.PortForward request;
    private final Map<Integer, ForwardedConnection> connections = new HashMap<>();
    private final Queue<ForwardedConnection> unconnected = new ArrayDeque<>();
    private final Set<ForwardedConnection> full = new HashSet<>();
    private int connecting;

    ForwardedConnections(StreamRequest.PortForward request) {
        this.request = request;
    }

    int count() {
        return connections.size();
    }

    /** Connects to a port as soon as fewer attempts than the most are under way. */
    void open(ChannelHandlerContext client, int number, int port, PortClient end) {
        var connection = new ForwardedConnection(client, port, number, end, this);
        connections.put(number, connection);
        unconnected.add(connection);
        connectNext();
    }

    private void connectNext() {
        while (connecting < MAX_CONNECTING && !unconnected.isEmpty()) {
            connecting++;
            unconnected.remove().open(request);
        }
    }

    /** Sends borrowed bytes of the client to a port, if the connection is still there. */
    void send(int number, ByteBuf bytes) {
        with(number, connection -> connection.send(bytes));
    }

    /** The client sends no more on this connection. */
    void endInput(int number) {
        with(number, ForwardedConnection::endInput);
    }

    /** The client does not tell that it sends no more: it does if a while passes without. */
    void endInputWhenIdle(int number) {
        with(number, ForwardedConnection::endInputWhenIdle);
    }

    private void with(int number, Consumer<ForwardedConnection> action) {
        Optional.ofNullable(connections.get(number)).ifPresent(action);
    }

    /** The client wants no more of this connection. */
    void reset(int number) {
        var connection = connections.remove(number);
        if (connection != null) {
            unconnected.remove(connection);
            connection.close();
        }
    }

    /** Stops reading from the ports, or goes on. */
    void pause(boolean pause) {
        connections.values().forEach(connection -> connection.pause(pause));
    }

    /** The client is gone. */
    void leaveAll() {
        unconnected.forEach(ForwardedConnection::close);
        unconnected.clear();
        connections.values().forEach(ForwardedConnection::leave);
        connections.clear();
    }

    /** The thread that {@link ForwardedConnection#open} began has ended. */
    void connectingEnded() {
        connecting--;
        connectNext();
    }

    /** This one takes no more bytes of the client, or does again. */
    void full(ForwardedConnection connection, boolean isFull) {
        var _ = isFull ? full.add(connection) : full.remove(connection);
    }

    /** {@return whether there is one that takes no more} */
    boolean isAnyFull() {
        return !full.isEmpty();
    }

    /** The connection with this number is no more. */
    void over(int number) {
        connections.remove(number);
    }
}
