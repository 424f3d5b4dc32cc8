package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.IDMapping;
import io.demitasse.cri.v1.Int64Value;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.MountPropagation;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.UserNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pods with a user namespace. What they cannot do is also done in a pod without one, where it
 * works: that is how we know that it would be noticed.
 */
@Timeout(300)
class UserNamespaceTest {
    private static final int BASE = 200_000;
    private static final IDMapping MAPPING =
            IDMapping.newBuilder().setHostId(BASE).setContainerId(0).setLength(65536).build();
    private static final UserNamespace MAPPED =
            UserNamespace.newBuilder()
                    .setMode(NamespaceMode.POD)
                    .addUids(MAPPING)
                    .addGids(MAPPING)
                    .build();

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

    private static PodSandboxConfig.Builder mapped(String name) {
        var pod = pod(daemon, name);
        pod.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setUsernsOptions(MAPPED);
        return pod;
    }

    private static ContainerConfig.Builder sleeping(String name, String... capabilities) {
        var config = container(name, "sleep", "600");
        for (var capability : capabilities) {
            config.getLinuxBuilder()
                    .getSecurityContextBuilder()
                    .getCapabilitiesBuilder()
                    .addAddCapabilities(capability);
        }
        return config;
    }

    private static String sh(String container, String script) {
        var answer = exec(daemon, container, "sh", "-c", script);
        return answer.getStdout().toStringUtf8() + answer.getStderr().toStringUtf8();
    }

    private static boolean works(String container, String... command) {
        return exec(daemon, container, command).getExitCode() == 0;
    }

    /** A line of /proc/PID/status of a container's first process, as the node sees it. */
    private static String status(String pod, String container, String field) throws IOException {
        var group = daemon.cgroup().resolve("demitasse").resolve(pod).resolve(container);
        var pid = Files.readAllLines(group.resolve("cgroup.procs")).getFirst();
        return Files.readAllLines(Path.of("/proc", pid, "status")).stream()
                .filter(line -> line.startsWith(field + ":"))
                .findFirst()
                .orElseThrow()
                .split("\\s+", 3)[1];
    }

    private static Path volume(String name, String permissions) throws IOException {
        var volume = Files.createDirectory(directory.resolve(name));
        Files.setPosixFilePermissions(volume, PosixFilePermissions.fromString(permissions));
        return volume;
    }

    private static Mount.Builder mount(Path source) {
        return Mount.newBuilder().setHostPath(source.toString()).setContainerPath("/volume");
    }

    @Test
    void shouldRunRootOfThePodAsAnotherUserOfTheNode() throws Exception {
        var pod = run(daemon, mapped("root"));
        var id = createAndStart(daemon, pod, sleeping("c"));
        var other = createAndStart(daemon, pod, sleeping("other"));
        var plainPod = run(daemon, pod(daemon, "plain"));
        var plain = createAndStart(daemon, plainPod, sleeping("c"));

        assertThat(status(pod, id, "Uid")).isEqualTo(Integer.toString(BASE));
        assertThat(status(pod, id, "Gid")).isEqualTo(Integer.toString(BASE));
        assertThat(status(plainPod, plain, "Uid")).isEqualTo("0");
        assertThat(sh(id, "id -u; id -g")).isEqualTo("0\n0\n");
        assertThat(sh(id, "cat /proc/self/uid_map").strip()).matches("0\\s+200000\\s+65536");
        assertThat(sh(other, "readlink /proc/self/ns/user /proc/self/ns/net"))
                .isEqualTo(sh(id, "readlink /proc/1/ns/user /proc/1/ns/net"));
        assertThat(sh(plain, "readlink /proc/1/ns/user"))
                .isNotEqualTo(sh(id, "readlink /proc/1/ns/user"));
    }

    @Test
    void shouldOwnTheFilesOfItsImageAndKeepItsOwnOnTheNodeAsAnotherUser() throws Exception {
        var pod = run(daemon, mapped("files"));
        var id = createAndStart(daemon, pod, sleeping("c").setWorkingDir("/made/here"));

        assertThat(sh(id, "pwd; stat -c '%u:%g' / . /bin/busybox /etc/hosts /dev /dev/null"))
                .isEqualTo("/made/here\n" + "0:0\n".repeat(6));
        assertThat(sh(id, "touch /new; chown 7:8 /etc/passwd; stat -c '%u:%g' /new /etc/passwd"))
                .isEqualTo("0:0\n7:8\n");
        var upper = daemon.root().resolve("snapshots").resolve(id).resolve("upper");
        assertThat(Files.getAttribute(upper.resolve("new"), "unix:uid")).isEqualTo(BASE);
        assertThat(Files.getAttribute(upper.resolve("etc/passwd"), "unix:gid")).isEqualTo(BASE + 8);
    }

    @Test
    void shouldWriteToVolumesAsTheIdsThatWereAskedFor() throws Exception {
        var shifted = volume("shifted", "rwxrwxrwx");
        var kept = volume("kept", "rwxr-xr-x");
        var pod = run(daemon, mapped("volumes"));
        var plain = createAndStart(daemon, pod, sleeping("plain").addMounts(mount(shifted)));
        var idMapped =
                createAndStart(
                        daemon,
                        pod,
                        sleeping("mapped")
                                .addMounts(
                                        mount(kept)
                                                .addUidMappings(MAPPING)
                                                .addGidMappings(MAPPING)));

        sh(plain, "touch /volume/file");
        sh(idMapped, "touch /volume/file; chown 5:6 /volume/file");

        assertThat(Files.getAttribute(shifted.resolve("file"), "unix:uid")).isEqualTo(BASE);
        assertThat(Files.getAttribute(kept.resolve("file"), "unix:uid")).isEqualTo(5);
        assertThat(sh(idMapped, "stat -c %u:%g /volume /volume/file")).isEqualTo("0:0\n5:6\n");
        assertThat(sh(plain, "stat -c %u /volume")).isEqualTo("65534\n");
    }

    @Test
    void shouldNotReadTheFilesOfTheNodesRoot() throws Exception {
        var secrets = volume("secrets", "rwxr-xr-x");
        var secret = Files.writeString(secrets.resolve("secret"), "x");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        var id =
                createAndStart(
                        daemon,
                        run(daemon, mapped("secret")),
                        sleeping("c", "DAC_OVERRIDE").addMounts(mount(secrets)));
        var plain =
                createAndStart(
                        daemon,
                        run(daemon, pod(daemon, "secret-plain")),
                        sleeping("c").addMounts(mount(secrets)));

        assertThat(works(id, "cat", "/volume/secret")).isFalse();
        assertThat(works(id, "touch", "/volume/new")).isFalse();
        assertThat(works(plain, "cat", "/volume/secret")).isTrue();
        assertThat(works(plain, "touch", "/volume/new")).isTrue();
    }

    @Test
    void shouldHaveCapabilitiesOnlyOverWhatItOwns() {
        var all = new String[] {"SYS_ADMIN", "NET_ADMIN", "MKNOD"};
        var config = sleeping("c", all);
        config.getLinuxBuilder().getSecurityContextBuilder().addMaskedPaths("/proc/keys");
        var id = createAndStart(daemon, run(daemon, mapped("caps")), config);
        var plain =
                createAndStart(daemon, run(daemon, pod(daemon, "caps-plain")), sleeping("c", all));

        // its own mount and network namespaces
        assertThat(works(id, "mount", "-t", "tmpfs", "none", "/tmp")).isTrue();
        assertThat(works(id, "ip", "link", "set", "lo", "down")).isTrue();
        // the node's devices, and mounts made outside
        assertThat(works(id, "mknod", "/null", "c", "1", "3")).isFalse();
        assertThat(works(id, "umount", "/etc/hosts")).isFalse();
        assertThat(works(id, "umount", "/proc/keys")).isFalse();
        assertThat(works(plain, "mknod", "/null", "c", "1", "3")).isTrue();
        assertThat(works(plain, "umount", "/etc/hosts")).isTrue();
        assertThat(works(plain, "umount", "/proc/keys")).isTrue();
        assertThat(sh(id, "echo x > /dev/null && head -c 1 /dev/zero | wc -c")).isEqualTo("1\n");
    }

    @Test
    void shouldRunAsAnyUserThatItHasWithTheStreamsItWasGiven() throws Exception {
        var config = container("c", "sh", "-c", "id -u; echo out > /dev/stdout; sleep 600");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setRunAsUser(Int64Value.newBuilder().setValue(1234))
                .addSupplementalGroups(77);
        var pod = run(daemon, mapped("user"));
        var id = createAndStart(daemon, pod, config);
        var terminal =
                createAndStart(
                        daemon,
                        pod,
                        container("tty", "sh", "-c", "tty; stat -c %u $(tty)").setTty(true));

        Requests.awaitExit(daemon, terminal);
        Eventually.equal(
                2L,
                () -> {
                    try (var lines = Files.lines(daemon.logs().resolve("user/c.log"))) {
                        return lines.filter(line -> line.matches(".* F (1234|out)")).count();
                    }
                });
        assertThat(status(pod, id, "Uid")).isEqualTo(Integer.toString(BASE + 1234));
        assertThat(sh(id, "id -u; id -G; echo again > /dev/stdout")).contains("1234\n", "again\n");
        assertThat(Files.readString(daemon.logs().resolve("user/tty.log")))
                .contains("/dev/pts/0", " F 0");
    }

    /** The kubelet gives out ids anywhere in 32 bits, and not all of the kernel takes them so. */
    @Test
    void shouldMapToIdsOfTheUpperHalf() throws Exception {
        var mapping = MAPPING.toBuilder().setHostId((int) 2_688_745_472L);
        var config = pod(daemon, "upper");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setUsernsOptions(
                        UserNamespace.newBuilder()
                                .setMode(NamespaceMode.POD)
                                .addUids(mapping)
                                .addGids(mapping));
        var pod = run(daemon, config);
        var id = createAndStart(daemon, pod, sleeping("c"));
        var terminal =
                createAndStart(
                        daemon,
                        pod,
                        container("tty", "sh", "-c", "tty; stat -c %u $(tty)").setTty(true));

        Requests.awaitExit(daemon, terminal);
        assertThat(status(pod, id, "Uid")).isEqualTo("2688745472");
        assertThat(sh(id, "id -u; stat -c %u:%g / /dev/null").lines())
                .containsExactly("0", "0:0", "0:0");
        assertThat(Files.readString(daemon.logs().resolve("upper/tty.log")))
                .contains("/dev/pts/0", " F 0");
    }

    @Test
    void shouldShareAPidNamespaceThatItsRootCannotLeave() throws Exception {
        var config = mapped("shared");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setPid(NamespaceMode.POD);
        var shared = sleeping("c");
        shared.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setPid(NamespaceMode.POD);
        var id = createAndStart(daemon, run(daemon, config), shared);

        assertThat(sh(id, "cat /proc/1/comm")).isEqualTo("demitasse-pause\n");
        assertThat(sh(id, "readlink /proc/self/ns/user"))
                .isEqualTo(sh(id, "readlink /proc/$$/ns/user"));
    }

    @Test
    void shouldSurviveTheDaemonAndLeaveNothing() throws Exception {
        var before = Footprint.of(daemon);
        var pod = run(daemon, mapped("restart"));
        var id = createAndStart(daemon, pod, sleeping("c"));

        daemon.kill();
        daemon.restart();
        var later = createAndStart(daemon, pod, sleeping("later"));

        assertThat(sh(id, "id -u; touch /new && stat -c %u /new")).isEqualTo("0\n0\n");
        assertThat(status(pod, later, "Uid")).isEqualTo(Integer.toString(BASE));
        assertThat(sh(later, "readlink /proc/1/ns/user"))
                .isEqualTo(sh(id, "readlink /proc/1/ns/user"));

        daemon.removeAllPods();

        Eventually.equal(before, () -> Footprint.of(daemon));
    }

    @Test
    void shouldRefuseWhatTheUserNamespaceCannotHave() throws Exception {
        var pod = run(daemon, mapped("refused"));
        var stranger = sleeping("stranger");
        stranger.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setRunAsUser(Int64Value.newBuilder().setValue(65536));
        var shared = mount(directory).setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL);
        var others = mount(directory).addUidMappings(MAPPING.toBuilder().setHostId(1));
        var procfs = mount(Path.of("/proc")).addUidMappings(MAPPING).addGidMappings(MAPPING);
        var network = mapped("network");
        network.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setNetwork(NamespaceMode.NODE);

        assertThatThrownBy(() -> Requests.create(daemon, pod, stranger))
                .hasMessageStartingWith("INVALID_ARGUMENT: uid 65536, gid 0");
        assertThatThrownBy(() -> Requests.create(daemon, pod, sleeping("s").addMounts(shared)))
                .hasMessageContaining("nothing propagates out of a user namespace");
        assertThatThrownBy(() -> Requests.create(daemon, pod, sleeping("o").addMounts(others)))
                .hasMessageContaining("mount /volume has other ids than the user namespace");
        assertThatThrownBy(() -> createAndStart(daemon, pod, sleeping("p").addMounts(procfs)))
                .hasMessageContaining(
                        "volume /proc cannot have the ids of the pod's user namespace")
                .hasMessageContaining("its file system has no id-mapped mounts");
        assertThatThrownBy(() -> run(daemon, network))
                .hasMessageContaining("a user namespace cannot own the node's network");
    }

    /** The kubelet sends no paths for procMount: Unmasked, which it wants a user namespace for. */
    @Test
    void shouldMaskOnlyWhatIsNamed() {
        var pod = run(daemon, mapped("unmasked"));
        var bare = createAndStart(daemon, pod, sleeping("bare"));
        var config = sleeping("masked");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .addMaskedPaths("/proc/keys")
                .addReadonlyPaths("/proc/bus");
        var masked = createAndStart(daemon, pod, config);
        var list = "awk '$2 ~ \"^/proc/\" {print $2}' /proc/mounts";

        assertThat(sh(bare, list)).isEmpty();
        assertThat(sh(masked, list)).isEqualTo("/proc/keys\n/proc/bus\n");
    }

    @Test
    void shouldSetParametersOfAnIpcNamespaceThatThePodOwns() {
        var config = mapped("ipc");
        config.getLinuxBuilder()
                .putSysctls("kernel.shm_rmid_forced", "1")
                .putSysctls("kernel.msgmax", "16384")
                .putSysctls("fs.mqueue.msg_max", "20")
                .putSysctls("net.ipv4.ip_unprivileged_port_start", "80");
        var id = createAndStart(daemon, run(daemon, config), sleeping("c"));

        assertThat(
                        sh(
                                id,
                                "cd /proc/sys; cat kernel/shm_rmid_forced kernel/msgmax"
                                        + " fs/mqueue/msg_max net/ipv4/ip_unprivileged_port_start"))
                .isEqualTo("1\n16384\n20\n80\n");
    }
}
