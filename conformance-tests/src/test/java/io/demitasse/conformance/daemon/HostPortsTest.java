package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.demitasse.cri.v1.ListPodSandboxRequest;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.PortMapping;
import io.demitasse.cri.v1.Protocol;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ports of the node that lead to pods, as a kubelet asks for them. */
@Timeout(120)
class HostPortsTest {
    private static final String[] SERVER = {"httpd", "-f", "-p", "8080", "-h", "/etc"};

    @TempDir Path directory;

    private RunningDaemon daemon;

    @BeforeEach
    void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
    }

    @AfterEach
    void leavesNothingBehind() throws Exception {
        if (daemon != null) {
            daemon.removeAllPods();
            assertThat(elements()).isEmpty();
            daemon.close();
        }
    }

    private static PortMapping mapping(String address, int port, int target) {
        return PortMapping.newBuilder()
                .setProtocol(Protocol.TCP)
                .setHostIp(address)
                .setHostPort(port)
                .setContainerPort(target)
                .build();
    }

    private PodSandboxConfig.Builder web(String name, PortMapping... mappings) {
        return pod(daemon, name).addAllPortMappings(List.of(mappings));
    }

    private List<String> elements() throws Exception {
        return RunningDaemon.run(List.of("nft", "list", "table", "ip", daemon.table()))
                .lines()
                .filter(line -> line.contains("elements"))
                .map(String::strip)
                .toList();
    }

    /** {@return the first line of an answer over HTTP} */
    private static String get(String address, int port) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), 2000);
            socket.setSoTimeout(5000);
            socket.getOutputStream()
                    .write("GET /passwd HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .findFirst()
                    .orElse("");
        }
    }

    private static void awaitAnswer(int port) {
        Eventually.equal(
                "HTTP/1.1 200 OK",
                () -> {
                    try {
                        return get("127.0.0.1", port);
                    } catch (IOException notYet) {
                        return notYet.toString();
                    }
                });
    }

    @Test
    void shouldServeAlsoWhileTheDaemonIsDeadAndAfterIt() throws Exception {
        var id = run(daemon, web("web", mapping("", 18012, 8080), mapping("", 0, 9090)));
        createAndStart(daemon, id, container("c", SERVER));
        awaitAnswer(18012);
        var elements = elements();
        assertThat(elements).hasSize(1);

        daemon.kill();

        assertThat(get("127.0.0.1", 18012)).isEqualTo("HTTP/1.1 200 OK");
        daemon.restart();
        assertThat(get("127.0.0.1", 18012)).isEqualTo("HTTP/1.1 200 OK");
        // the new daemon has put its own table in place when it makes a pod
        var other = run(daemon, web("other", mapping("127.0.0.1", 18013, 8080)));
        assertThat(elements()).containsAll(elements).hasSize(2);
        assertThat(get("127.0.0.1", 18012)).isEqualTo("HTTP/1.1 200 OK");
        daemon.runtime()
                .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build());
        assertThat(elements()).singleElement().asString().contains("18013");
        assertThat(other).isNotEqualTo(id);
    }

    @Test
    void shouldRefuseAPortThatIsTakenBeforeAnythingWasCreated() throws Exception {
        var owner = run(daemon, web("web", mapping("", 18012, 8080)));
        var before = Footprint.of(daemon);

        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> run(daemon, web("late", mapping("0.0.0.0", 18012, 80))));

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(refused.getStatus().getDescription())
                .isEqualTo(
                        "host port tcp 0.0.0.0:18012 belongs to pod sandbox %s; stop that one first"
                                .formatted(owner));
        assertThat(Footprint.of(daemon)).isEqualTo(before);
        // the same pod again is no conflict
        assertThat(run(daemon, web("web", mapping("", 18012, 8080)))).isEqualTo(owner);
    }

    @Test
    void shouldRefuseWhatCannotBeMeant() throws Exception {
        assertThat(refusal(mapping("", 65536, 80)))
                .endsWith("host port 65536 is not between 1 and 65535");
        assertThat(refusal(mapping("", 80, 0)))
                .endsWith("container port 0 is not between 1 and 65535");
        assertThat(refusal(mapping("::1", 80, 80))).endsWith("the built-in network is IPv4 only");
        assertThat(refusal(mapping("node.example", 80, 80))).contains("node.example");
        assertThat(refusal(mapping("", 80, 80), mapping("", 80, 81)))
                .isEqualTo("host port tcp 0.0.0.0:80 cannot lead to both 80 and 81");

        assertThat(
                        daemon.runtime()
                                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                                .getItemsList())
                .isEmpty();
    }

    private String refusal(PortMapping... mappings) {
        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class, () -> run(daemon, web("bad", mappings)));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        return String.valueOf(refused.getStatus().getDescription());
    }

    @Test
    void shouldIgnorePortsOfPodsOnTheNodesNetwork() throws Exception {
        var config = web("host", mapping("", 18012, 8080));
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setNetwork(NamespaceMode.NODE);

        run(daemon, config);
        run(daemon, web("web", mapping("", 18012, 8080)));

        assertThat(elements()).hasSize(1);
    }
}
