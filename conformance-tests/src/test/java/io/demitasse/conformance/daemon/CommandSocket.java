package io.demitasse.conformance.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

/** A client of exec and attach over a WebSocket, as kubectl is one. */
final class CommandSocket implements AutoCloseable {
    private static final int STDIN = 0;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int STATUS = 3;
    private static final int RESIZE = 4;
    private static final int CLOSE = 255;

    private final ChannelSocket socket;

    CommandSocket(String url) throws Exception {
        this(new ChannelSocket(url, "v5.channel.k8s.io", "v4.channel.k8s.io"));
    }

    CommandSocket(ChannelSocket socket) {
        this.socket = socket;
    }

    /** Writes to the command's input. */
    void input(String text) throws Exception {
        socket.send(STDIN, text.getBytes(UTF_8));
    }

    /** Ends the command's input, and leaves its output open. */
    void endInput() throws Exception {
        socket.send(CLOSE, new byte[] {STDIN});
    }

    void resize(int rows, int columns) throws Exception {
        socket.send(
                RESIZE, "{\"Width\":%d,\"Height\":%d}".formatted(columns, rows).getBytes(UTF_8));
    }

    String output() {
        return socket.text(STDOUT);
    }

    String error() {
        return socket.text(STDERR);
    }

    /** The status at the end, once the server has closed. */
    String status() throws Exception {
        socket.closed();
        return socket.text(STATUS);
    }

    /** Drops the connection without a word. */
    void abort() {
        socket.abort();
    }

    @Override
    public void close() {
        socket.close();
    }
}
