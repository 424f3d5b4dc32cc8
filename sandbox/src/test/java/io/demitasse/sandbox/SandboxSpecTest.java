package io.demitasse.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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

    @Test
    void shouldRefuseLinesSmuggledIntoResolvConf() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new DnsConfig(
                                List.of("1.1.1.1\nnameserver 6.6.6.6"), List.of(), List.of()));
    }
}
