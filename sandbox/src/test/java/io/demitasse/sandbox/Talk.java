package io.demitasse.sandbox;

import io.demitasse.linux.Fd;
import io.demitasse.linux.namespace.NamespaceThread;
import io.demitasse.linux.namespace.NamespaceType;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Questions and answers over TCP: a server answers with its name and who asks. */
final class Talk {
    /** How long an answer is waited for. */
    static final int MILLIS = 1500;

    private Talk() {}

    /** A way to make something in a network namespace. */
    interface Maker<T> {
        T make() throws IOException;
    }

    static <T> T in(Fd netns, Maker<T> maker) throws IOException {
        return NamespaceThread.enter("client", NamespaceType.NET, netns, maker::make).await();
    }

    static <T> T in(Sandbox pod, Maker<T> maker) throws IOException {
        try (var netns = pod.netns().orElseThrow()) {
            return in(netns, maker);
        }
    }

    /** Answers until the socket is closed. */
    static void answer(ServerSocket listening, String name) {
        Thread.ofVirtual()
                .start(() -> {
                    while (!listening.isClosed()) {
                        try (var client = listening.accept()) {
                            var peer = client.getInetAddress().getHostAddress();
                            client.getOutputStream()
                                    .write(
                                            (name + " " + peer + "\n")
                                                    .getBytes(StandardCharsets.US_ASCII));
                        } catch (IOException ended) {
                            return;
                        }
                    }
                });
    }

    static String ask(String address, int port) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), MILLIS);
            socket.setSoTimeout(MILLIS);
            var said =
                    new BufferedReader(
                                    new InputStreamReader(
                                            socket.getInputStream(), StandardCharsets.US_ASCII))
                            .readLine();
            if (said == null) {
                throw new EOFException("whoever took the connection said nothing");
            }
            return said;
        }
    }

    static Optional<String> tryToAsk(String address, int port) {
        try {
            return Optional.of(ask(address, port));
        } catch (IOException refused) {
            return Optional.empty();
        }
    }
}
