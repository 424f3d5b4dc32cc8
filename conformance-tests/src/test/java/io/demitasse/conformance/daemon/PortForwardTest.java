package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.cri.v1.PortForwardRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PortForward over the channels of a WebSocket. Over SPDY, critest and crictl do the same. */
@Timeout(300)
class PortForwardTest {
    private static final String BINARY = "v4.channel.k8s.io";
    private static final String BASE64 = "v4.base64.channel.k8s.io";
    private static final int NORMAL_CLOSURE = 1_000;
    private static final int MIB = 1 << 20;
    private static final int MESSAGE_BYTES = 50_000;
    private static final int FRAME_HEADER_BYTES = 14;
    private static final int MORE_THAN_THE_KERNEL_KEEPS = 64 * MIB;

    @TempDir static Path directory;

    private static RunningDaemon daemon;
    private Footprint before;
    private String container = "";

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
    }

    @AfterAll
    static void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    @BeforeEach
    void look() throws Exception {
        before = Footprint.of(daemon);
    }

    @AfterEach
    void leavesNothingBehind() throws Exception {
        daemon.removeAllPods();
        Eventually.equal(before, () -> Footprint.of(daemon));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", BINARY, BASE64})
    void shouldCarryMuchBothWaysBetweenAClientAndTwoPorts(String protocol) throws Exception {
        var pod = podWith("nc -ll -p 80 -e cat & nc -ll -p 443 -e cat", 80, 443);
        var first = random(1);
        var second = random(2);

        try (var socket = open(protocol, url(pod, 80, 443))) {
            for (int at = 0; at < MIB; at += MESSAGE_BYTES) {
                socket.send(0, Arrays.copyOfRange(first, at, Math.min(at + MESSAGE_BYTES, MIB)));
                socket.send(2, Arrays.copyOfRange(second, at, Math.min(at + MESSAGE_BYTES, MIB)));
            }

            Eventually.equal(2 + MIB, () -> socket.bytes(0).length);
            Eventually.equal(2 + MIB, () -> socket.bytes(2).length);
            assertThat(socket.bytes(0)).startsWith(80, 0).endsWith(first);
            assertThat(socket.bytes(1)).containsExactly(80, 0);
            assertThat(socket.bytes(2)).startsWith(0xbb, 1).endsWith(second);
            assertThat(socket.bytes(3)).containsExactly(0xbb, 1);
        }
    }

    @Test
    void shouldTakeThePortsOfTheQueryIfTheRequestHasNone() throws Exception {
        var pod = podWith("nc -ll -p 80 -e cat & nc -ll -p 81 -e cat", 80, 81);

        try (var socket = open(BINARY, url(pod) + "?port=80&port=81")) {
            socket.send(2, "hello".getBytes(US_ASCII));

            Eventually.equal("Q\0hello", () -> socket.text(2));
            assertThat(socket.bytes(0)).containsExactly(80, 0);
        }
        try (var socket = open(BINARY, url(pod, 81) + "?port=80")) {
            Eventually.equal("Q\0", () -> socket.text(1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, BASE64})
    void shouldTellOnItsErrorChannelWhichPortNobodyListensOn(String protocol) throws Exception {
        var pod = podWith("nc -ll -p 80 -e cat", 80);

        try (var socket = open(protocol, url(pod, 81, 80))) {
            Eventually.equal(true, () -> socket.text(1).contains("ECONNREFUSED"));
            assertThat(socket.text(1)).startsWith("Q\0cannot forward to port 81 of pod " + pod);

            socket.send(2, "goes on".getBytes(US_ASCII));
            Eventually.equal("P\0goes on", () -> socket.text(2));
            assertThat(socket.bytes(3)).containsExactly(80, 0);
        }
        try (var socket = open(protocol, url(pod, 81))) {
            assertThat(socket.closed()).isEqualTo(NORMAL_CLOSURE);
            assertThat(socket.text(1)).contains("ECONNREFUSED");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, BASE64})
    void shouldCloseWhenAllPortsHaveSentTheirEnds(String protocol) throws Exception {
        var serve = "head -c " + MIB + " /dev/zero | nc -l >/dev/null -p ";
        var pod = podWith(serve + "80 & " + serve + "81; sleep 600", 80, 81);

        try (var socket = open(protocol, url(pod, 80, 81))) {
            assertThat(socket.closed()).isEqualTo(NORMAL_CLOSURE);
            assertThat(socket.bytes(0)).hasSize(2 + MIB);
            assertThat(socket.bytes(2)).hasSize(2 + MIB);
            assertThat(socket.bytes(1)).hasSize(2);
        }
    }

    @Test
    void shouldTakeInputForAPortThatHasSentItsEnd() throws Exception {
        var pod = podWith("nc -l -p 80 </dev/null | wc -c >/got; sleep 600", 80);

        try (var socket = open(BINARY, url(pod, 80))) {
            for (int at = 0; at < MIB; at += MIB / 16) {
                socket.send(0, new byte[MIB / 16]);
            }

            assertThat(socket.closed()).isEqualTo(NORMAL_CLOSURE);
        }
        Eventually.equal(MIB + "\n", () -> said("cat", "/got"));
    }

    @Test
    void shouldGiveAPortWhatItsClientSentBeforeItClosed() throws Exception {
        var pod = podWith("nc -l -p 80 >/got; sleep 600", 80);

        try (var socket = open(BINARY, url(pod, 80))) {
            socket.send(0, "all there is".getBytes(US_ASCII));
            socket.end();
        }

        Eventually.equal("all there is", () -> said("cat", "/got"));
    }

    @Test
    void shouldServeOthersWhileAPortReadsNothing() throws Exception {
        var pod = podWith("nc -l -p 81 -e sleep 600 & nc -ll -p 80 -e cat", 80, 81);
        var much = ByteBuffer.allocate(FRAME_HEADER_BYTES + MIB);
        much.put((byte) 0x82).put((byte) 0xff).putLong(MIB).putInt(0);

        try (var stalled = Flood.upgraded(URI.create(url(pod, 81)), "websocket")) {
            Flood.pour(stalled, much.array(), MORE_THAN_THE_KERNEL_KEEPS);

            try (var socket = open(BINARY, url(pod, 80))) {
                socket.send(0, "served".getBytes(US_ASCII));
                Eventually.equal("P\0served", () -> socket.text(0));
            }
        }
    }

    @Test
    void shouldRefuseWhatNamesNoPortItCouldForward() throws Exception {
        var pod = run(daemon, pod(daemon, "refused"));

        assertRefused(BINARY, url(pod));
        assertRefused(BINARY, url(pod) + "?port=");
        assertRefused(BINARY, url(pod) + "?port=0");
        assertRefused(BINARY, url(pod) + "?port=80&port=65536");
        assertRefused(BINARY, url(pod) + "?port=http");
        assertRefused(BINARY, url(pod, many(129)));
        assertRefused(BASE64, url(pod, many(41)));
        assertThatExceptionOfType(StatusRuntimeException.class)
                .isThrownBy(() -> url(pod, 80, 65_536))
                .matches(refused -> refused.getStatus().getCode() == Status.Code.INVALID_ARGUMENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, BASE64})
    void shouldForwardAsManyPortsAsThereAreChannels(String protocol) throws Exception {
        var pod = podWith("nc -ll -p 80 -e cat", 80);
        var ports = many(protocol.equals(BINARY) ? 128 : 40);
        int last = 2 * (ports.length - 1);

        try (var socket = open(protocol, url(pod, ports))) {
            socket.send(last, "last".getBytes(US_ASCII));

            Eventually.equal("P\0last", () -> socket.text(last));
            assertThat(socket.bytes(last + 1)).containsExactly(80, 0);
        }
    }

    /** A pod that listens on these ports by now. */
    private String podWith(String script, int... ports) {
        var pod = run(daemon, pod(daemon, "server"));
        container = createAndStart(daemon, pod, container("c", "sh", "-c", script));
        for (int port : ports) {
            var listening = ":%04X [0:]+:0000 0A".formatted(port);
            Eventually.equal(
                    false,
                    () -> said("sh", "-c", "grep -E '" + listening + "' /proc/net/tcp*").isEmpty());
        }
        return pod;
    }

    private String said(String... command) {
        return exec(daemon, container, command).getStdout().toStringUtf8();
    }

    private static void assertRefused(String protocol, String url) throws Exception {
        assertThat(ChannelSocket.refusal(url, protocol))
                .startsWith("HTTP/1.1 400 ")
                .contains("port");
    }

    private static Integer[] many(int count) {
        return Collections.nCopies(count, 80).toArray(Integer[]::new);
    }

    private static byte[] random(int seed) {
        var bytes = new byte[MIB];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static ChannelSocket open(String protocol, String url) throws Exception {
        var offered = protocol.isEmpty() ? new String[0] : new String[] {protocol};
        var socket = new ChannelSocket(url, offered);
        assertThat(socket.protocol()).isEqualTo(protocol);
        return socket;
    }

    private static String url(String pod, Integer... ports) {
        return daemon.runtime()
                .portForward(
                        PortForwardRequest.newBuilder()
                                .setPodSandboxId(pod)
                                .addAllPort(List.of(ports))
                                .build())
                .getUrl();
    }
}
