package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.cri.v1.IDMapping;
import io.demitasse.cri.v1.Int64Value;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.UserNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a user without capabilities may do in a pod's network, by setting and by sysctl. */
@Timeout(120)
class UnprivilegedNetworkTest {
    private static final String CLOSED =
            """
            network.enable_unprivileged_ports = false
            network.enable_unprivileged_icmp = false
            """;
    private static final String LISTENS = "timeout 1 nc -l -p 80 2>&1";

    /** The node's perl, as the image has nothing that makes such a socket. */
    private static final String PINGS =
            "cd /host; lib/*-linux-gnu/ld-linux*.so* --library-path \"$(echo lib/*-linux-gnu)\" bin/perl"
                    + " -e 'socket(S, 2, 2, 1) and print \"open\" or print $!' 2>&1";

    private static final Path PORTS = Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    private static final Path GROUPS = Path.of("/proc/sys/net/ipv4/ping_group_range");

    @TempDir Path directory;
    private RunningDaemon daemon;

    @BeforeEach
    void startDaemon() throws Exception {
        Files.createDirectory(directory.resolve("closed"));
        daemon = RunningDaemon.start(directory, 1);
    }

    @AfterEach
    void stopDaemon() throws Exception {
        daemon.removeAllPods();
        daemon.close();
    }

    @Test
    void shouldLetAnyUserListenOnAnyPortAndPing() throws Exception {
        for (var name : new String[] {"made-ahead", "made-then"}) {
            var id = user(pod(daemon, name));

            assertThat(said(id, LISTENS)).isEmpty();
            assertThat(said(id, PINGS)).isEqualTo("open");
        }
    }

    @Test
    void shouldLeaveItToTheCapabilitiesWhereThatIsSet() throws Exception {
        daemon.close();
        daemon = RunningDaemon.start(directory.resolve("closed"), 1, CLOSED);
        var id = user(pod(daemon, "closed"));

        assertThat(said(id, LISTENS)).contains("Permission denied");
        assertThat(said(id, PINGS)).isEqualTo("Permission denied");
    }

    @Test
    void shouldPutWhatThePodSaysAboveIt() throws Exception {
        var config = pod(daemon, "own");
        config.getLinuxBuilder()
                .putSysctls("net.ipv4.ip_unprivileged_port_start", "81")
                .putSysctls("net.ipv4.ping_group_range", "1 0");
        var id = user(config);

        assertThat(said(id, LISTENS)).contains("Permission denied");
        assertThat(said(id, PINGS)).isEqualTo("Permission denied");
    }

    @Test
    void shouldOpenPortsAndNoPingWithAUserNamespace() throws Exception {
        var mapping = IDMapping.newBuilder().setContainerId(0).setHostId(400_000).setLength(65_536);
        var config = pod(daemon, "mapped");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setUsernsOptions(
                        UserNamespace.newBuilder()
                                .setMode(NamespaceMode.POD)
                                .addUids(mapping)
                                .addGids(mapping));
        var id = user(config);

        assertThat(said(id, LISTENS)).isEmpty();
        assertThat(said(id, PINGS)).isEqualTo("Permission denied");
    }

    @Test
    void shouldLeaveTheNodesNetworkAsItIs() throws Exception {
        var ports = line(PORTS);
        var groups = line(GROUPS);
        var config = pod(daemon, "node");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setNetwork(NamespaceMode.NODE);
        var id = user(config);

        assertThat(said(id, "cat " + PORTS)).isEqualTo(ports);
        assertThat(said(id, "cat " + GROUPS)).isEqualTo(groups);
    }

    private String user(PodSandboxConfig.Builder pod) {
        var host = Mount.newBuilder().setHostPath("/usr").setContainerPath("/host");
        var config = container("c", "sleep", "600").addMounts(host.setReadonly(true));
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setRunAsUser(Int64Value.newBuilder().setValue(1000));
        return createAndStart(daemon, run(daemon, pod), config);
    }

    /** At once: the kernel has nothing more for who reads on. */
    private static String line(Path file) throws IOException {
        try (var reader = Files.newBufferedReader(file)) {
            return reader.readLine() + "\n";
        }
    }

    private String said(String id, String script) {
        return exec(daemon, id, "sh", "-c", script).getStdout().toStringUtf8();
    }
}
