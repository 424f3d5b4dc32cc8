package io.demitasse.conformance.daemon;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A WebSocket whose messages begin with the channel that they are for, as bytes or in base64. */
final class ChannelSocket implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final Map<Integer, ByteArrayOutputStream> channels = new ConcurrentHashMap<>();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;

    /** Offers these sub-protocols, or none. */
    ChannelSocket(String url, String... protocols) throws Exception {
        var builder = client.newWebSocketBuilder();
        if (protocols.length > 0) {
            builder.subprotocols(protocols[0], Arrays.copyOfRange(protocols, 1, protocols.length));
        }
        socket =
                builder.buildAsync(URI.create(url.replaceFirst("^http", "ws")), new Listener())
                        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** {@return the answer to a client that offers these sub-protocols, which is no upgrade} */
    static String refusal(String address, String protocols) throws Exception {
        var url = URI.create(address);
        var request =
                """
                GET %s HTTP/1.1
                Host: localhost
                Connection: Upgrade
                Upgrade: websocket
                Sec-WebSocket-Version: 13
                Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==
                Sec-WebSocket-Protocol: %s

                """
                        .formatted(address.substring(address.indexOf(url.getPath())), protocols)
                        .replace("\n", "\r\n");
        try (var socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            socket.getOutputStream().write(request.getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    /** {@return the sub-protocol that the server has chosen; empty for none} */
    String protocol() {
        return socket.getSubprotocol();
    }

    void send(int channel, byte[] bytes) throws Exception {
        if (protocol().contains("base64")) {
            var text = (char) ('0' + channel) + Base64.getEncoder().encodeToString(bytes);
            socket.sendText(text, true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return;
        }
        var message = ByteBuffer.allocate(1 + bytes.length).put((byte) channel).put(bytes).flip();
        socket.sendBinary(message, true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Sends a text as it is. */
    void sendText(String text) throws Exception {
        socket.sendText(text, true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    byte[] bytes(int channel) {
        return channel(channel).toByteArray();
    }

    String text(int channel) {
        return new String(bytes(channel), UTF_8);
    }

    private ByteArrayOutputStream channel(int channel) {
        return channels.computeIfAbsent(channel, _ -> new ByteArrayOutputStream());
    }

    /** {@return the code with which the server closes} */
    int closed() throws Exception {
        return ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Closes, as a client does that has sent all. */
    void end() throws Exception {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(PATIENCE_SECONDS, TimeUnit.SECONDS);
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

    private final class Listener implements WebSocket.Listener {
        private final ByteArrayOutputStream message = new ByteArrayOutputStream();

        @Override
        public CompletionStage<?> onBinary(WebSocket from, ByteBuffer part, boolean last) {
            var bytes = new byte[part.remaining()];
            part.get(bytes);
            return received(from, bytes, last);
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            return received(from, part.toString().getBytes(ISO_8859_1), last);
        }

        private CompletionStage<?> received(WebSocket from, byte[] part, boolean last) {
            message.writeBytes(part);
            if (last) {
                var whole = message.toByteArray();
                var rest = Arrays.copyOfRange(whole, 1, whole.length);
                if (from.getSubprotocol().contains("base64")) {
                    channel(whole[0] - '0').writeBytes(Base64.getDecoder().decode(rest));
                } else {
                    channel(whole[0] & 0xff).writeBytes(rest);
                }
                message.reset();
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            ended.complete(code);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onError(WebSocket from, Throwable failure) {
            ended.completeExceptionally(failure);
        }
    }
}
