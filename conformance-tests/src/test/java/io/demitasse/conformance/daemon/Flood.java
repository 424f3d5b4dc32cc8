package io.demitasse.conformance.daemon;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Connections that send what they like, for as long as it is taken, and never read. */
final class Flood implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 300;

    private final InetSocketAddress target;
    private final List<SocketChannel> connections = new ArrayList<>();

    Flood(InetSocketAddress target) {
        this.target = target;
    }

    /** Opens one more, and sends what its buffers take at once; what is refused is left out. */
    void open(byte[] bytes) throws IOException {
        var connection = SocketChannel.open(target);
        connections.add(connection);
        connection.configureBlocking(false);
        offer(connection, ByteBuffer.wrap(bytes));
    }

    /** Requests with a body of this size that never ends. */
    static byte[] unfinished(int size) {
        var head =
                """
                POST /exec/00000000000000000000000000000000 HTTP/1.1\r
                Host: localhost\r
                Connection: Upgrade\r
                Upgrade: SPDY/3.1\r
                Content-Length: 65000\r
                \r
                """;
        return (head + "x".repeat(size)).getBytes(US_ASCII);
    }

    /** A connection that the server has agreed to, nothing of which is read any more. */
    static SocketChannel upgraded(URI url, String protocol) throws Exception {
        var connection = SocketChannel.open(new InetSocketAddress(url.getHost(), url.getPort()));
        var request =
                """
                GET %s HTTP/1.1\r
                Host: localhost\r
                Connection: Upgrade\r
                Upgrade: %s\r
                X-Stream-Protocol-Version: v4.channel.k8s.io\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
                Sec-WebSocket-Protocol: v4.channel.k8s.io\r
                \r
                """
                        .formatted(url.getPath(), protocol);
        connection.write(ByteBuffer.wrap(request.getBytes(US_ASCII)));
        var answer = ByteBuffer.allocate(12);
        while (answer.hasRemaining() && connection.read(answer) >= 0) {}
        assertThat(new String(answer.array(), US_ASCII)).isEqualTo("HTTP/1.1 101");
        connection.configureBlocking(false);
        return connection;
    }

    /**
     * Sends this again and again, up to so many bytes, until the server is seen to take no more.
     */
    static void pour(SocketChannel connection, byte[] bytes, long most) throws IOException {
        try (var selector = Selector.open()) {
            connection.register(selector, SelectionKey.OP_WRITE);
            var buffer = ByteBuffer.wrap(bytes);
            for (long sent = 0; sent < most && selector.select(PATIENCE_MILLIS) > 0; ) {
                selector.selectedKeys().clear();
                if (!buffer.hasRemaining()) {
                    buffer.rewind();
                }
                int count = offer(connection, buffer);
                if (count < 0) {
                    return;
                }
                sent += count;
            }
        }
    }

    /** {@return what was taken; -1 if there is nobody any more} */
    private static int offer(SocketChannel connection, ByteBuffer bytes) {
        try {
            return connection.write(bytes);
        } catch (IOException closed) {
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        for (var connection : connections) {
            connection.close();
        }
    }
}
