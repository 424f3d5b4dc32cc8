package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.Int64Value;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.SecurityProfile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a container cannot do. Each attack is also made in a privileged container, where it works:
 * that is how we know that it would be noticed.
 */
@Timeout(120)
class IsolationTest {
    @TempDir static Path directory;

    private static RunningDaemon daemon;

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

    @Test
    void shouldGiveProcessesNoDescriptorsButTheStandardOnes() throws Exception {
        // ls opens the directory itself, which is descriptor 3
        var pod = run(daemon, pod(daemon, "fds"));
        var list = new String[] {"ls", "/proc/self/fd"};

        var id = createAndStart(daemon, pod, container("start", list));
        var terminal = createAndStart(daemon, pod, container("tty", list).setTty(true));
        var running = createAndStart(daemon, pod, container("exec", "sleep", "600"));

        Requests.awaitExit(daemon, id);
        Requests.awaitExit(daemon, terminal);
        assertThat(words("fds/start.log")).containsExactly("0", "1", "2", "3");
        assertThat(words("fds/tty.log")).containsExactly("0", "1", "2", "3");
        assertThat(exec(daemon, running, list).getStdout().toStringUtf8().split("\\s+"))
                .containsExactly("0", "1", "2", "3");
        assertThat(exec(daemon, running, "ls", "/proc/1/fd").getStdout().toStringUtf8())
                .isEqualTo("0\n1\n2\n");
    }

    @Test
    void shouldHaveDefaultCapabilitiesAndSeccomp() {
        var pod = run(daemon, pod(daemon, "caps"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));
        var privileged = privileged("caps-all");

        var status = exec(daemon, id, "cat", "/proc/1/status").getStdout().toStringUtf8();
        var free = exec(daemon, privileged, "cat", "/proc/1/status").getStdout().toStringUtf8();

        assertThat(status)
                .contains("CapEff:\t00000000a80425fb")
                .contains("CapBnd:\t00000000a80425fb")
                .contains("CapAmb:\t0000000000000000")
                .contains("Seccomp:\t2");
        assertThat(free).doesNotContain("CapEff:\t00000000a80425fb").contains("Seccomp:\t0");
    }

    @Test
    void shouldBeUnconfinedBySeccompWhenNoProfileIsNamed() {
        var pod = run(daemon, pod(daemon, "seccomp"));
        var unnamed = container("unnamed", "sleep", "600");
        unnamed.getLinuxBuilder().getSecurityContextBuilder().clearSeccomp();
        var named = createAndStart(daemon, pod, container("named", "sleep", "600"));

        var id = createAndStart(daemon, pod, unnamed);

        assertThat(seccomp(id)).isEqualTo("Seccomp:\t0\n");
        assertThat(seccomp(named)).isEqualTo("Seccomp:\t2\n");
    }

    @Test
    void shouldEnforceALocalSeccompProfileAsItWasAtCreation() throws Exception {
        var profile = directory.resolve("no-chmod.json");
        Files.writeString(
                profile,
                """
                {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
                  {"names": ["chmod", "fchmodat", "fchmodat2"], "action": "SCMP_ACT_ERRNO"}]}
                """);
        var config = container("c", "sleep", "600");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setSeccomp(
                        SecurityProfile.newBuilder()
                                .setProfileType(SecurityProfile.ProfileType.Localhost)
                                .setLocalhostRef(profile.toString()));
        var pod = run(daemon, pod(daemon, "seccomp-local"));
        var other = createAndStart(daemon, pod, container("other", "sleep", "600"));
        var id = Requests.create(daemon, pod, config);

        Files.delete(profile);
        Requests.start(daemon, id);

        assertThat(exec(daemon, id, "chmod", "700", "/tmp").getStderr().toStringUtf8())
                .contains("Operation not permitted");
        assertThat(exec(daemon, other, "chmod", "700", "/tmp").getExitCode()).isZero();
    }

    @Test
    void shouldIgnoreTheSeccompProfileOfAPrivilegedContainer() {
        var config = container("c", "sleep", "600");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setPrivileged(true)
                .setSeccomp(
                        SecurityProfile.newBuilder()
                                .setProfileType(SecurityProfile.ProfileType.Localhost)
                                .setLocalhostRef("/no/such/profile.json"));
        var pod = pod(daemon, "seccomp-privileged");
        pod.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);

        var id = createAndStart(daemon, run(daemon, pod), config);

        assertThat(seccomp(id)).isEqualTo("Seccomp:\t0\n");
    }

    @Test
    void shouldSetNoNewPrivilegesWhenAsked() {
        var pod = run(daemon, pod(daemon, "nnp"));
        var config = container("c", "sleep", "600");
        config.getLinuxBuilder().getSecurityContextBuilder().setNoNewPrivs(true);
        var id = createAndStart(daemon, pod, config);
        var other = createAndStart(daemon, pod, container("other", "sleep", "600"));

        assertThat(exec(daemon, id, "grep", "NoNewPrivs", "/proc/1/status").getStdout())
                .isEqualTo(com.google.protobuf.ByteString.copyFromUtf8("NoNewPrivs:\t1\n"));
        assertThat(exec(daemon, other, "grep", "NoNewPrivs", "/proc/1/status").getStdout())
                .isEqualTo(com.google.protobuf.ByteString.copyFromUtf8("NoNewPrivs:\t0\n"));
    }

    @Test
    void shouldHideAndProtectPathsOfTheKernel() {
        var pod = run(daemon, pod(daemon, "masks"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));
        var privileged = privileged("masks-none");

        assertThat(exec(daemon, id, "cat", "/proc/timer_list").getStdout().size()).isZero();
        assertThat(exec(daemon, privileged, "cat", "/proc/timer_list").getStdout().size())
                .isPositive();
        var attack =
                "echo 1 > /proc/sys/kernel/core_uses_pid && echo 0 > /proc/sys/kernel/core_uses_pid";
        assertThat(exec(daemon, id, "sh", "-c", attack).getStderr().toStringUtf8())
                .contains("Read-only file system");
        assertThat(exec(daemon, privileged, "sh", "-c", attack).getExitCode()).isZero();
    }

    @Test
    void shouldNotOpenDevicesOfTheNode() {
        var attack = "mknod /tmp/kmsg c 1 11 && head -c 1 /tmp/kmsg >/dev/null";
        var pod = run(daemon, pod(daemon, "devices"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));
        var privileged = privileged("devices-all");

        assertThat(exec(daemon, id, "sh", "-c", attack).getStderr().toStringUtf8())
                .contains("Operation not permitted");
        assertThat(exec(daemon, id, "head", "-c", "1", "/dev/zero").getExitCode()).isZero();
        assertThat(exec(daemon, privileged, "sh", "-c", attack).getExitCode()).isZero();
    }

    @Test
    void shouldSeeOnlyItsOwnCgroupAndMounts() {
        var pod = run(daemon, pod(daemon, "views"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));

        assertThat(exec(daemon, id, "cat", "/proc/1/cgroup").getStdout().toStringUtf8())
                .contains("0::/\n");
        assertThat(exec(daemon, id, "mkdir", "/sys/fs/cgroup/x").getStderr().toStringUtf8())
                .contains("Read-only file system");
        var mounts =
                exec(daemon, id, "cat", "/proc/1/mountinfo")
                        .getStdout()
                        .toStringUtf8()
                        .lines()
                        .toList();
        assertThat(mounts).isNotEmpty().noneMatch(line -> line.matches(".* (master|shared):.*"));
        assertThat(mounts)
                .extracting(line -> line.split(" ", 6)[4])
                .contains("/", "/proc", "/dev", "/sys")
                .allMatch(target -> target.matches("/|/(proc|dev|sys|etc)(/.*)?"));
    }

    @Test
    void shouldLetNobodyWriteBehindAMask() {
        var masked = container("masked", "sleep", "600");
        masked.getLinuxBuilder().getSecurityContextBuilder().addMaskedPaths("/var");
        var pod = run(daemon, pod(daemon, "masks"));
        var id = createAndStart(daemon, pod, masked);
        var free = createAndStart(daemon, pod, container("free", "sleep", "600"));

        var inside = exec(daemon, id, "ls", "-A", "/var");
        assertThat(inside.getExitCode()).isZero();
        assertThat(inside.getStdout().toStringUtf8()).isEmpty();
        assertThat(exec(daemon, id, "touch", "/var/x").getStderr().toStringUtf8())
                .contains("Read-only file system");
        assertThat(exec(daemon, free, "touch", "/var/x").getExitCode()).isZero();
    }

    @Test
    void shouldRunAsTheUserThatWasAskedFor() {
        var pod = run(daemon, pod(daemon, "user"));
        var config = container("c", "sleep", "600");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setRunAsUser(Int64Value.newBuilder().setValue(1234))
                .setRunAsGroup(Int64Value.newBuilder().setValue(5678))
                .addSupplementalGroups(99);
        var id = createAndStart(daemon, pod, config);

        assertThat(exec(daemon, id, "id").getStdout().toStringUtf8())
                .contains("uid=1234")
                .contains("gid=5678")
                .contains("99");
        assertThat(exec(daemon, id, "grep", "CapEff", "/proc/self/status").getStdout())
                .isEqualTo(
                        com.google.protobuf.ByteString.copyFromUtf8("CapEff:\t0000000000000000\n"));
        assertThat(exec(daemon, id, "touch", "/root/x").getExitCode()).isNotZero();
    }

    @Test
    void shouldNotWriteToAReadOnlyRoot() {
        var pod = run(daemon, pod(daemon, "readonly"));
        var config = container("c", "sleep", "600");
        config.getLinuxBuilder().getSecurityContextBuilder().setReadonlyRootfs(true);
        var id = createAndStart(daemon, pod, config);
        var other = createAndStart(daemon, pod, container("other", "sleep", "600"));

        assertThat(exec(daemon, id, "touch", "/x").getStderr().toStringUtf8())
                .contains("Read-only file system");
        assertThat(exec(daemon, id, "touch", "/dev/shm/x").getExitCode()).isZero();
        assertThat(exec(daemon, other, "touch", "/x").getExitCode()).isZero();
    }

    private static String seccomp(String container) {
        return exec(daemon, container, "grep", "Seccomp:", "/proc/1/status")
                .getStdout()
                .toStringUtf8();
    }

    /** Namespaces that cannot be had are not replaced by the node's. */
    @Test
    void shouldNotStartInTheNodesNamespacesWhereThePodsAreGone() throws Exception {
        var pod = run(daemon, pod(daemon, "pinless"));
        var id = Requests.create(daemon, pod, container("c", "sleep", "600"));
        var pins = daemon.state().resolve("sandboxes").resolve(pod);
        RunningDaemon.run(List.of("umount", "--lazy", pins.toString()));

        assertThatThrownBy(() -> Requests.start(daemon, id))
                .hasMessageContaining("the network namespace of pod sandbox " + pod + " is gone");

        assertThat(Requests.status(daemon, id).getReason()).isEqualTo("StartError");
    }

    private static String privileged(String name) {
        PodSandboxConfig.Builder pod = pod(daemon, name);
        pod.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        ContainerConfig.Builder container = container("c", "sleep", "600");
        container.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        return createAndStart(daemon, run(daemon, pod), container);
    }

    private static String[] words(String log) throws Exception {
        return Files.readAllLines(daemon.logs().resolve(log)).stream()
                .map(line -> line.split(" ", 4)[3].strip())
                .flatMap(line -> java.util.Arrays.stream(line.split("\\s+")))
                .filter(word -> !word.isEmpty())
                .toArray(String[]::new);
    }
}
