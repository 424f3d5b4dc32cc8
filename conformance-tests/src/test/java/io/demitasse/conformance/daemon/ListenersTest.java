package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.cri.v1.ExecRequest;
import io.demitasse.cri.v1.ListContainersRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many, slow, huge and half-open: what strangers and bad clients do to everybody else. */
@Timeout(300)
class ListenersTest {
    private static final int STRANGERS = 10_000;
    private static final int MOST_NEWCOMERS = 512;
    private static final int OTHER_DESCRIPTORS = 200;
    private static final int[] BODIES = {60_000, 20_000, 4_000, 1_000};
    private static final int BAD_CLIENTS = 40;
    private static final int PINGING_CLIENTS = 2;
    private static final long MIB = 1 << 20;

    @TempDir static Path directory;

    private static RunningDaemon daemon;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory, 0, "[metrics]\nlisten = \"127.0.0.1:0\"\n");
    }

    @AfterAll
    static void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    @AfterEach
    void removePods() {
        daemon.removeAllPods();
    }

    @Test
    void shouldServeWhileThousandsHaveNotFinishedTheirRequests() throws Exception {
        var id = sleeper("strangers");
        try (var flood = new Flood(streaming(id))) {
            for (int i = 0; i < STRANGERS; i++) {
                flood.open(Flood.unfinished(BODIES[i % BODIES.length]));
            }
            for (int i = 0; i < MOST_NEWCOMERS; i++) {
                flood.open("GET /exec/0123".getBytes(US_ASCII));
            }

            assertServes(id);
            Eventually.equal(true, () -> descriptors() < MOST_NEWCOMERS + OTHER_DESCRIPTORS);
        }
    }

    @Test
    void shouldCloseWhatDoesNotFinishItsRequestInTime() throws Exception {
        try (var slow = SocketChannel.open(streaming(sleeper("slow")))) {
            slow.write(ByteBuffer.wrap("GET /exec/0123".getBytes(US_ASCII)));

            assertThat(slow.read(ByteBuffer.allocate(1))).isNegative();
        }
    }

    @Test
    void shouldGiveFiguresWhileOthersDoNotFinishTheirRequests() throws Exception {
        var metrics = metrics();
        try (var flood = new Flood(metrics)) {
            flood.open("GET /met".getBytes(US_ASCII));
            for (int i = 0; i < 2 * MOST_NEWCOMERS; i++) {
                flood.open("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ".getBytes(US_ASCII));
            }

            assertThat(figures(metrics)).contains("demitasse_images");
        }
    }

    @Test
    void shouldNotKeepWhatAClientSendsInHugeFrames() throws Exception {
        var id = sleeper("huge");
        var frame = new byte[4 << 20];
        // a binary message of 4 MiB less what is not sent, for a command that reads nothing
        ByteBuffer.wrap(frame).put((byte) 0x82).put((byte) 0xff).putLong(frame.length).putInt(0);
        forEach(BAD_CLIENTS, id, "websocket", client -> Flood.pour(client, frame, frame.length));
    }

    @Test
    void shouldNotAnswerWithoutEndAClientThatDoesNotRead() throws Exception {
        var id = sleeper("pings");
        var spdy = new byte[] {(byte) 0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1};
        forEach(
                PINGING_CLIENTS,
                id,
                "SPDY/3.1",
                client -> Flood.pour(client, repeated(spdy), 32 * MIB));
        var webSocket = new byte[] {(byte) 0x89, (byte) 0x80, 0, 0, 0, 0};
        forEach(
                PINGING_CLIENTS,
                id,
                "websocket",
                client -> Flood.pour(client, repeated(webSocket), 32 * MIB));
    }

    /** One that behaves badly towards an URL that it may use. */
    @FunctionalInterface
    private interface BadClient {
        void behave(SocketChannel connection) throws Exception;
    }

    private static void forEach(int count, String id, String protocol, BadClient behaviour)
            throws Exception {
        var clients = new ArrayList<SocketChannel>();
        try {
            for (int i = 0; i < count; i++) {
                var client = Flood.upgraded(url(id), protocol);
                clients.add(client);
                behaviour.behave(client);
            }
            assertServes(id);
        } finally {
            for (var client : clients) {
                client.close();
            }
        }
    }

    private static byte[] repeated(byte[] frame) {
        var many = ByteBuffer.allocate(frame.length * 4_096);
        while (many.hasRemaining()) {
            many.put(frame);
        }
        return many.array();
    }

    private static void assertServes(String id) throws Exception {
        for (int i = 0; i < 100; i++) {
            daemon.runtime().listContainers(ListContainersRequest.getDefaultInstance());
        }
        var executed = Requests.exec(daemon, id, "echo", "served");
        assertThat(executed.getStdout().toStringUtf8()).isEqualTo("served\n");
        try (var socket = new CommandSocket(url(id).toString())) {
            socket.input("streamed\n");
            Eventually.equal("streamed\n", socket::output);
        }
        assertThat(daemon.log()).doesNotContain("OutOfMemoryError").doesNotContain("OutOfDirect");
    }

    private static String figures(InetSocketAddress metrics) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var where =
                    URI.create(
                            "http://%s:%d/metrics"
                                    .formatted(metrics.getHostString(), metrics.getPort()));
            return client.send(
                            HttpRequest.newBuilder(where).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static InetSocketAddress metrics() throws IOException {
        var port = daemon.log().replaceFirst("(?s).*metrics listen=127.0.0.1:([0-9]+).*", "$1");
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
    }

    private static InetSocketAddress streaming(String id) {
        var url = url(id);
        return new InetSocketAddress(url.getHost(), url.getPort());
    }

    /** For a command that sends back what it reads. */
    private static URI url(String id) {
        var request =
                ExecRequest.newBuilder()
                        .setContainerId(id)
                        .addAllCmd(List.of("cat"))
                        .setStdin(true)
                        .setStdout(true)
                        .setStderr(true);
        return URI.create(daemon.runtime().exec(request.build()).getUrl());
    }

    private static long descriptors() throws IOException {
        try (var files = Files.list(Path.of("/proc/" + daemon.pid() + "/fd"))) {
            return files.count();
        }
    }

    private static String sleeper(String name) {
        return createAndStart(
                daemon, run(daemon, pod(daemon, name)), container("c", "sleep", "600"));
    }
}
