package io.demitasse.conformance.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** A client of exec and attach over a WebSocket, as kubectl is one. */
final class CommandSocket implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;
    private static final int STDIN = 0;
    private static final int RESIZE = 4;
    private static final int CLOSE = 255;

    private final ByteArrayOutputStream[] channels = new ByteArrayOutputStream[4];
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;

    CommandSocket(String url) throws Exception {
        for (int i = 0; i < channels.length; i++) {
            channels[i] = new ByteArrayOutputStream();
        }
        socket =
                client.newWebSocketBuilder()
                        .subprotocols("v5.channel.k8s.io", "v4.channel.k8s.io")
                        .buildAsync(URI.create(url.replaceFirst("^http", "ws")), new Listener())
                        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Writes to the command's input. */
    void input(String text) throws Exception {
        send(STDIN, text.getBytes(UTF_8));
    }

    /** Ends the command's input, and leaves its output open. */
    void endInput() throws Exception {
        send(CLOSE, new byte[] {STDIN});
    }

    void resize(int rows, int columns) throws Exception {
        send(RESIZE, "{\"Width\":%d,\"Height\":%d}".formatted(columns, rows).getBytes(UTF_8));
    }

    String output() {
        return text(1);
    }

    String error() {
        return text(2);
    }

    /** The status at the end, once the server has closed. */
    String status() throws Exception {
        ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return text(3);
    }

    /** Drops the connection without a word. */
    void abort() {
        socket.abort();
    }

    @Override
    public void close() {
        socket.abort();
        client.shutdownNow();
    }

    private String text(int channel) {
        synchronized (channels) {
            return channels[channel].toString(UTF_8);
        }
    }

    private void send(int channel, byte[] bytes) throws Exception {
        var message = ByteBuffer.allocate(1 + bytes.length).put((byte) channel).put(bytes).flip();
        socket.sendBinary(message, true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private final class Listener implements WebSocket.Listener {
        private int channel = -1;

        @Override
        public CompletionStage<?> onBinary(WebSocket from, ByteBuffer part, boolean last) {
            synchronized (channels) {
                if (channel < 0) {
                    channel = part.get();
                }
                var bytes = new byte[part.remaining()];
                part.get(bytes);
                channels[channel].writeBytes(bytes);
                channel = last ? -1 : channel;
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            ended.complete(true);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onError(WebSocket from, Throwable failure) {
            ended.completeExceptionally(failure);
        }
    }
}
