package io.demitasse.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.demitasse.sandbox.network.PortMapping;
import io.demitasse.sandbox.network.PortMapping.HostPort;
import io.demitasse.sandbox.network.PortMapping.Protocol;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused before anything exists. */
class SandboxSpecTest {
    private static final String ID = "0123456789abcdef";

    private static SandboxSpec with(NetworkMode network, IpcMode ipc, String sysctl) {
        return new SandboxSpec(
                ID, network, ipc, "web-0", DnsConfig.OF_NODE, Map.of(sysctl, "1"), 1 << 20);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kernel.hostname",
                "kernel.panic",
                "vm.swappiness",
                "fs.file-max",
                "kernel.shm",
                "kernel.shmfoo",
                "user.max_user_namespaces"
            })
    void shouldRefuseSysctlsOfTheNode(String sysctl) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> with(NetworkMode.POD, IpcMode.POD, sysctl))
                .withMessage("sysctl %s belongs to no namespace of a pod", sysctl);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "net.",
                "net..ipv4",
                "net.//.kernel.panic",
                "net/../kernel/panic",
                "/net"
            })
    void shouldRefuseSysctlsThatLeadElsewhere(String sysctl) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> with(NetworkMode.POD, IpcMode.POD, sysctl))
                .withMessage("sysctl \"%s\" is malformed", sysctl);
    }

    @Test
    void shouldRefuseNetworkSysctlsWithTheNodesNetwork() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> with(NetworkMode.NODE, IpcMode.POD, "net.ipv4.ip_forward"))
                .withMessage(
                        "sysctl net.ipv4.ip_forward is the node's: the pod uses the node's"
                                + " network");
    }

    @ParameterizedTest
    @ValueSource(strings = {"kernel.shmmax", "kernel.sem", "kernel.msgmnb", "fs.mqueue.queues_max"})
    void shouldRefuseIpcSysctlsWithTheNodesIpc(String sysctl) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> with(NetworkMode.POD, IpcMode.NODE, sysctl))
                .withMessage("sysctl %s is the node's: the pod uses the node's IPC", sysctl);
    }

    @Test
    void shouldReadSysctlsAsSysctlDoes() {
        assertThat(Sysctl.parse("net.ipv4.conf.eth0/7.forwarding").file())
                .isEqualTo(Path.of("/proc/sys/net/ipv4/conf/eth0.7/forwarding"));
        assertThat(Sysctl.parse("net/ipv4/conf/eth0.7/forwarding").file())
                .isEqualTo(Path.of("/proc/sys/net/ipv4/conf/eth0.7/forwarding"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../../etc", "0123", "0123456789ABCDEF"})
    void shouldRefuseIdsThatCouldNotNameAFile(String id) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SandboxSpec.of(id, "web-0"))
                .withMessage("\"%s\" is not the id of a sandbox", id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-web", ".web", "web/0", "web 0"})
    void shouldRefuseAHostnameThatIsNoneWhereThePodHasOne(String hostname) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SandboxSpec.of(ID, hostname))
                .withMessage("hostname \"%s\" is malformed", hostname);
        var ofNode =
                new SandboxSpec(
                        ID,
                        NetworkMode.NODE,
                        IpcMode.POD,
                        hostname,
                        DnsConfig.OF_NODE,
                        Map.of(),
                        1);
        assertThat(ofNode.hostname()).isEqualTo(hostname);
    }

    @Test
    void shouldTakeTheLongestHostname() {
        assertThat(SandboxSpec.of(ID, "w".repeat(64)).hostname()).hasSize(64);
        assertThatIllegalArgumentException().isThrownBy(() -> SandboxSpec.of(ID, "w".repeat(65)));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    void shouldRefuseSharedMemoryOfNoSize(long bytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new SandboxSpec(
                                ID,
                                NetworkMode.POD,
                                IpcMode.POD,
                                "web-0",
                                DnsConfig.OF_NODE,
                                Map.of(),
                                bytes));
    }

    @Test
    void shouldLeadAHostPortToOneContainerPort() {
        var port = new HostPort(Protocol.TCP, InetAddress.ofLiteral("0.0.0.0"), 80);
        var mapping = new PortMapping(port, 8080);
        var spec = SandboxSpec.of(ID, "web-0");

        assertThat(spec.withPorts(List.of(mapping, mapping)).ports()).containsExactly(mapping);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec.withPorts(List.of(mapping, new PortMapping(port, 8081))))
                .withMessage("host port tcp 0.0.0.0:80 cannot lead to both 8080 and 8081");
        var ofNode = with(NetworkMode.NODE, IpcMode.POD, "kernel.shmmax");
        assertThat(ofNode.withPorts(List.of(mapping)).ports()).isEmpty();
    }

    @Test
    void shouldGiveAnIdBackThatIsOne() {
        assertThat(SandboxSpec.checkId(ID)).isEqualTo(ID);
        assertThat(SandboxSpec.isId("0".repeat(64))).isTrue();
        assertThat(SandboxSpec.isId("0".repeat(65))).isFalse();
    }

    @Test
    void shouldRefuseLinesSmuggledIntoResolvConf() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new DnsConfig(
                                List.of("1.1.1.1\nnameserver 6.6.6.6"), List.of(), List.of()));
    }
}
