package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.cri.v1.AttachRequest;
import io.demitasse.cri.v1.ExecRequest;
import io.demitasse.cri.v1.PortForwardRequest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exec and Attach in each sub-protocol that Kubernetes has for WebSockets. */
@Timeout(300)
class SubProtocolsTest {
    /** RFC 6455, section 7.1.5: what a client reports that has seen no close frame. */
    private static final int CLOSED_WITHOUT_A_WORD = 1_006;

    @TempDir static Path directory;

    private static RunningDaemon daemon;
    private static int pods;

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

    @AfterEach
    void removePods() {
        daemon.removeAllPods();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io"})
    void shouldTellTheExitCodeAsAnObject(String protocol) throws Exception {
        try (var socket = open(protocol, exec(false, "sh", "-c", "read x; echo $x; exit 7"))) {
            socket.input("word\n");

            assertThat(socket.status()).contains("\"reason\":\"ExitCode\",\"message\":\"7\"");
            assertThat(socket.output()).isEqualTo("word\n");
        }
        try (var socket = open(protocol, exec(false, "true"))) {
            assertThat(socket.status()).isEqualTo("{\"metadata\":{},\"status\":\"Success\"}");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v3.channel.k8s.io",
                "v2.channel.k8s.io",
                "channel.k8s.io",
                "base64.channel.k8s.io",
                ""
            })
    void shouldTellTheExitCodeInASentenceToOlderClients(String protocol) throws Exception {
        var command = "read x; echo $x; echo wrong >&2; exit 7";
        try (var socket = open(protocol, exec(false, "sh", "-c", command))) {
            socket.input("word\n");

            assertThat(socket.status())
                    .isEqualTo("command terminated with non-zero exit code: exit status 7");
            assertThat(socket.output()).isEqualTo("word\n");
            assertThat(socket.error()).isEqualTo("wrong\n");
        }
        try (var socket = open(protocol, exec(false, "true"))) {
            assertThat(socket.status()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"base64.channel.k8s.io", "v4.base64.channel.k8s.io"})
    void shouldResizeATerminalInBase64(String protocol) throws Exception {
        try (var socket = open(protocol, exec(true, "sh"))) {
            socket.resize(33, 121);
            socket.input("stty size; exit\n");

            socket.status();
            assertThat(socket.output()).contains("33 121");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"base64.channel.k8s.io", "v4.base64.channel.k8s.io"})
    void shouldCarryMuchInBase64(String protocol) throws Exception {
        try (var socket = open(protocol, exec(false, "head", "-c", "1000000"))) {
            for (int i = 0; i < 10; i++) {
                socket.input(String.valueOf((char) ('a' + i)).repeat(100_000));
            }

            socket.status();
            assertThat(socket.output()).hasSize(1_000_000).contains("hi").endsWith("j");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"base64.channel.k8s.io", "v4.base64.channel.k8s.io"})
    void shouldAttachInBase64(String protocol) throws Exception {
        var config =
                container("c", "sh", "-c", "while read l; do echo got $l; done").setStdin(true);
        var id = createAndStart(daemon, run(daemon, pod(daemon, "attach")), config);
        var url =
                daemon.runtime()
                        .attach(
                                AttachRequest.newBuilder()
                                        .setContainerId(id)
                                        .setStdin(true)
                                        .setStdout(true)
                                        .build())
                        .getUrl();
        try (var socket = open(protocol, url)) {
            socket.input("one\n");

            Eventually.equal("got one\n", socket::output);
        }
    }

    @Test
    void shouldEndAClientWhoseBase64IsNone() throws Exception {
        try (var socket = new ChannelSocket(exec(false, "cat"), "v4.base64.channel.k8s.io")) {
            socket.sendText("0Zm9v\r\nZm9v");
            Eventually.equal("foofoo", () -> socket.text(1));

            socket.sendText("0****");

            assertThat(socket.closed()).isEqualTo(CLOSED_WITHOUT_A_WORD);
        }
    }

    @Test
    void shouldSayWhichProtocolsThereAreToAClientThatSpeaksNone() throws Exception {
        var pod = run(daemon, pod(daemon, "strange"));
        var forward = PortForwardRequest.newBuilder().setPodSandboxId(pod).addPort(80).build();

        assertThat(ChannelSocket.refusal(exec(false, "true"), "v9.channel.k8s.io, other"))
                .startsWith("HTTP/1.1 403 ")
                .contains("none of the protocols [v9.channel.k8s.io, other] is one of ")
                .contains("v4.base64.channel.k8s.io");
        assertThat(
                        ChannelSocket.refusal(
                                daemon.runtime().portForward(forward).getUrl(),
                                "v5.channel.k8s.io"))
                .startsWith("HTTP/1.1 403 ")
                .contains("v4.base64.channel.k8s.io")
                .contains("SPDY/3.1+portforward.k8s.io");
    }

    private static CommandSocket open(String protocol, String url) throws Exception {
        var offered = protocol.isEmpty() ? new String[0] : new String[] {protocol};
        var socket = new ChannelSocket(url, offered);
        assertThat(socket.protocol()).isEqualTo(protocol);
        return new CommandSocket(socket);
    }

    private static String exec(boolean terminal, String... command) {
        var id =
                createAndStart(
                        daemon,
                        run(daemon, pod(daemon, "exec" + pods++)),
                        container("c", "sleep", "600"));
        return daemon.runtime()
                .exec(
                        ExecRequest.newBuilder()
                                .setContainerId(id)
                                .addAllCmd(List.of(command))
                                .setStdin(true)
                                .setStdout(true)
                                .setStderr(!terminal)
                                .setTty(terminal)
                                .build())
                .getUrl();
    }
}
