package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.awaitExit;
import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.cri.v1.AttachRequest;
import io.demitasse.cri.v1.ExecRequest;
import io.demitasse.cri.v1.ReopenContainerLogRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Exec and Attach with a client at the streams. Over SPDY, critest and crictl do the same. */
@Timeout(300)
class StreamingTest {
    private static final String SUCCESS = "{\"metadata\":{},\"status\":\"Success\"}";

    @TempDir static Path directory;

    private static RunningDaemon daemon;
    private Footprint before;

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

    @Test
    void shouldSendBothStreamsToTheirEndAndThenTheExitCode() throws Exception {
        var id = sleeper("exit");

        try (var socket =
                open(id, "sh", "-c", "echo out; echo err >&2; (sleep 0.3; echo late) & exit 7")) {
            assertThat(socket.status()).contains("\"reason\":\"ExitCode\",\"message\":\"7\"");
            assertThat(socket.output()).isEqualTo("out\nlate\n");
            assertThat(socket.error()).isEqualTo("err\n");
        }
    }

    @Test
    void shouldCarryInputToItsEndAndLargeOutput() throws Exception {
        var id = sleeper("input");

        try (var socket = open(id, "sh", "-c", "wc -c; head -c 3000000 /dev/zero | tr '\\0' x")) {
            for (int i = 0; i < 10; i++) {
                socket.input("y".repeat(100_000));
            }
            socket.endInput();

            assertThat(socket.status()).isEqualTo(SUCCESS);
            assertThat(socket.output()).isEqualTo("1000000\n" + "x".repeat(3_000_000));
        }
    }

    @Test
    void shouldGiveATerminalWithTheSizeOfTheClients() throws Exception {
        var id = sleeper("tty");

        try (var socket = terminal(id, "sh")) {
            socket.resize(33, 121);
            socket.input("tty; stty size; echo $TERM; exit 5\n");

            assertThat(socket.status()).contains("\"message\":\"5\"");
            assertThat(socket.output()).contains("/dev/pts/0", "33 121", "\nxterm\r");
        }
    }

    @Test
    void shouldEndWithItsClientIfItHasATerminalOnly() throws Exception {
        var id = sleeper("gone");
        try (var withTerminal = terminal(id, "sleep", "4711");
                var without = open(id, "sleep", "4712")) {
            Eventually.equal(true, () -> ps(id).contains("4711") && ps(id).contains("4712"));

            withTerminal.abort();
            without.abort();

            Eventually.equal(false, () -> ps(id).contains("4711"));
            assertThat(ps(id)).contains("4712");
        }
    }

    @Test
    void shouldSayWhyACommandCannotRun() throws Exception {
        var id = sleeper("failure");

        try (var socket = open(id, "no-such-command")) {
            assertThat(socket.status()).contains("InternalError").contains("ENOENT");
        }
    }

    @Test
    void shouldServeEachUrlOnce() throws Exception {
        var url = url(sleeper("once"), false, List.of("true"));
        try (var socket = new CommandSocket(url)) {
            assertThat(socket.status()).isEqualTo(SUCCESS);
        }

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> new CommandSocket(url).close());
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        var id = sleeper("refused");

        assertRefused(ExecRequest.newBuilder().setContainerId(id).addCmd("true"));
        assertRefused(ExecRequest.newBuilder().setContainerId(id).setStdout(true));
        assertRefused(
                ExecRequest.newBuilder()
                        .setContainerId(id)
                        .addCmd("true")
                        .setTty(true)
                        .setStderr(true));
    }

    @Test
    void shouldAttachSeveralClientsAndEndTheInputWithTheFirst() throws Exception {
        var config =
                container("c", "sh", "-c", "while read l; do echo got $l; done; echo end; exit 4")
                        .setStdin(true)
                        .setStdinOnce(true);
        var id = createAndStart(daemon, run(daemon, pod(daemon, "attach")), config);

        try (var watcher = attach(id, false);
                var typist = attach(id, true)) {
            typist.input("one\ntwo\n");
            Eventually.equal("got one\ngot two\n", typist::output);
            typist.endInput();

            assertThat(typist.status()).isEqualTo(SUCCESS);
            assertThat(watcher.status()).isEqualTo(SUCCESS);
            assertThat(typist.output()).isEqualTo("got one\ngot two\nend\n");
            assertThat(watcher.output()).endsWith("end\n");
        }
        assertThat(awaitExit(daemon, id).getExitCode()).isEqualTo(4);
        assertThat(Files.readString(daemon.logs().resolve("attach/c.log")))
                .contains("stdout F got two")
                .contains("stdout F end");
    }

    @Test
    void shouldAttachAgainAfterTheDaemonWasKilled() throws Exception {
        var config =
                container("c", "sh", "-c", "while read l; do echo got $l; done").setStdin(true);
        var id = createAndStart(daemon, run(daemon, pod(daemon, "again")), config);
        try (var first = attach(id, true)) {
            first.input("one\n");
            Eventually.equal("got one\n", first::output);
        }
        daemon.kill();
        daemon.restart();

        try (var second = attach(id, true)) {
            second.input("two\n");
            Eventually.equal("got two\n", second::output);
        }
    }

    @Test
    void shouldNotWaitForAnAttachedClientThatDoesNotRead() throws Exception {
        var config =
                container("c", "sh", "-c", "read go; head -c 5000000 /dev/zero | tr '\\0' '\\n'")
                        .setStdin(true);
        var id = createAndStart(daemon, run(daemon, pod(daemon, "stalled")), config);
        try (var stalled = attachRaw(id);
                var typist = attach(id, true)) {
            typist.input("go\n");

            assertThat(awaitExit(daemon, id).getExitCode()).isZero();
            assertThat(stalled.isClosed()).isFalse();
        }
    }

    @Test
    void shouldRotateTheLogHoweverManyAreAttached() throws Exception {
        var id = sleeper("crowd");
        var crowd = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 12; i++) {
                crowd.add(attachRaw(id));
                daemon.runtime()
                        .reopenContainerLog(
                                ReopenContainerLogRequest.newBuilder().setContainerId(id).build());
            }
            Eventually.equal(8, () -> threads("attach"));
            daemon.runtime()
                    .reopenContainerLog(
                            ReopenContainerLogRequest.newBuilder().setContainerId(id).build());
        } finally {
            for (var each : crowd) {
                each.close();
            }
        }
    }

    private static int threads(String name) throws Exception {
        var tasks = Path.of("/proc", Long.toString(daemon.pid()), "task");
        int count = 0;
        try (var ids = Files.newDirectoryStream(tasks)) {
            for (var task : ids) {
                count += isNamed(task.resolve("comm"), name) ? 1 : 0;
            }
        }
        return count;
    }

    private static boolean isNamed(Path comm, String name) {
        try {
            return Files.readString(comm).strip().equals(name);
        } catch (IOException ended) {
            return false;
        }
    }

    /** A client that asks for the streams and never reads what comes. */
    private static Socket attachRaw(String id) throws Exception {
        var url = URI.create(attachUrl(id, false));
        var socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(url.getHost(), url.getPort()));
        var request =
                """
                GET %s HTTP/1.1
                Host: localhost
                Connection: Upgrade
                Upgrade: websocket
                Sec-WebSocket-Version: 13
                Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==
                Sec-WebSocket-Protocol: v4.channel.k8s.io

                """
                        .formatted(url.getPath())
                        .replace("\n", "\r\n");
        socket.getOutputStream().write(request.getBytes(UTF_8));
        assertThat(socket.getInputStream().read()).isEqualTo('H');
        return socket;
    }

    private static String sleeper(String name) {
        return createAndStart(
                daemon, run(daemon, pod(daemon, name)), container("c", "sleep", "600"));
    }

    private static String ps(String container) {
        return exec(daemon, container, "ps").getStdout().toStringUtf8();
    }

    private static CommandSocket open(String container, String... command) throws Exception {
        return new CommandSocket(url(container, false, List.of(command)));
    }

    private static CommandSocket terminal(String container, String... command) throws Exception {
        return new CommandSocket(url(container, true, List.of(command)));
    }

    private static CommandSocket attach(String container, boolean input) throws Exception {
        return new CommandSocket(attachUrl(container, input));
    }

    private static String attachUrl(String container, boolean input) {
        return daemon.runtime()
                .attach(
                        AttachRequest.newBuilder()
                                .setContainerId(container)
                                .setStdin(input)
                                .setStdout(true)
                                .setStderr(true)
                                .build())
                .getUrl();
    }

    private static String url(String container, boolean terminal, List<String> command) {
        return daemon.runtime()
                .exec(
                        ExecRequest.newBuilder()
                                .setContainerId(container)
                                .addAllCmd(command)
                                .setStdin(true)
                                .setStdout(true)
                                .setStderr(!terminal)
                                .setTty(terminal)
                                .build())
                .getUrl();
    }

    private static void assertRefused(ExecRequest.Builder request) {
        assertThatExceptionOfType(StatusRuntimeException.class)
                .isThrownBy(() -> daemon.runtime().exec(request.build()))
                .matches(refused -> refused.getStatus().getCode() == Status.Code.INVALID_ARGUMENT);
    }
}
