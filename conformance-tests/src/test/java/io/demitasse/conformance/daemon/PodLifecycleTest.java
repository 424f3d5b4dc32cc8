package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.awaitExit;
import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static io.demitasse.conformance.daemon.Requests.status;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.demitasse.cri.v1.ContainerState;
import io.demitasse.cri.v1.ContainerStatsRequest;
import io.demitasse.cri.v1.KeyValue;
import io.demitasse.cri.v1.LinuxPodSandboxConfig;
import io.demitasse.cri.v1.ListContainersRequest;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.PodSandboxState;
import io.demitasse.cri.v1.PodSandboxStatusRequest;
import io.demitasse.cri.v1.RemoveContainerRequest;
import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.demitasse.cri.v1.ReopenContainerLogRequest;
import io.demitasse.cri.v1.Signal;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One pod and its containers, from the first request to the last. */
@Timeout(120)
class PodLifecycleTest {
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
    void shouldReportExitCodeAndLogWhenCommandEnds() throws Exception {
        var pod = run(daemon, pod(daemon, "exit"));

        var id =
                createAndStart(
                        daemon,
                        pod,
                        container("c", "sh", "-c", "echo out; echo err >&2; printf tail; exit 7"));

        var end = awaitExit(daemon, id);
        assertThat(end.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
        assertThat(end.getExitCode()).isEqualTo(7);
        assertThat(end.getReason()).isEqualTo("Error");
        assertThat(end.getStartedAt()).isBetween(end.getCreatedAt(), end.getFinishedAt());
        assertThat(Files.readString(daemon.logs().resolve("exit/c.log")))
                .matches("(?s).*\\S+Z stdout F out\n.*")
                .matches("(?s).*\\S+Z stderr F err\n.*")
                .matches("(?s).*\\S+Z stdout P tail\n.*");
    }

    /**
     * State and end are one fact: no status may show the end of a container that it calls running.
     */
    @Test
    void shouldNeverShowRunningContainerWithItsEnd() {
        var pod = run(daemon, pod(daemon, "one-moment"));
        for (int i = 0; i < 40; i++) {
            var id = createAndStart(daemon, pod, container("c" + i, "true"));
            assertThat(awaitExit(daemon, id).getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
        }
    }

    @Test
    void shouldShowTheSamePodIpInStatusAndInTheContainer() {
        var pod = run(daemon, pod(daemon, "network"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));

        var ip =
                daemon.runtime()
                        .podSandboxStatus(
                                PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
                        .getStatus()
                        .getNetwork()
                        .getIp();

        assertThat(ip).startsWith("10.99.");
        assertThat(text(exec(daemon, id, "ip", "-4", "addr", "show", "eth0"))).contains(ip);
        assertThat(text(exec(daemon, id, "hostname"))).isEqualTo("network\n");
        assertThat(text(exec(daemon, id, "cat", "/etc/hosts"))).contains(ip);
    }

    @Test
    void shouldSetHomeFromTheImageUnlessTheRequestDoes() {
        var pod = run(daemon, pod(daemon, "home"));
        var root = createAndStart(daemon, pod, container("root", "sleep", "600"));
        var chosen = container("chosen", "sleep", "600");
        chosen.addEnvsBuilder().setKey("HOME").setValue(ByteString.copyFromUtf8("/chosen"));
        var own = createAndStart(daemon, pod, chosen);
        var unknown = container("unknown", "sleep", "600");
        unknown.getLinuxBuilder().getSecurityContextBuilder().getRunAsUserBuilder().setValue(4711);
        var stranger = createAndStart(daemon, pod, unknown);

        assertThat(text(exec(daemon, root, "sh", "-c", "echo $HOME"))).isEqualTo("/root\n");
        assertThat(text(exec(daemon, own, "sh", "-c", "echo $HOME"))).isEqualTo("/chosen\n");
        assertThat(text(exec(daemon, stranger, "sh", "-c", "echo $HOME"))).isEqualTo("/\n");
    }

    @Test
    void shouldKillAfterTheGracePeriodAndNotBefore() {
        var pod = run(daemon, pod(daemon, "grace"));
        var stubborn =
                createAndStart(
                        daemon, pod, container("stubborn", "sh", "-c", "trap '' TERM; sleep 600"));
        var polite =
                createAndStart(
                        daemon,
                        pod,
                        container(
                                "polite",
                                "sh",
                                "-c",
                                "trap 'exit 3' TERM; touch /ready; while :; do sleep 0.05; done"));
        Eventually.equal(0, () -> exec(daemon, polite, "test", "-e", "/ready").getExitCode());

        Requests.stop(daemon, polite, 10);
        Requests.stop(daemon, stubborn, 1);

        assertThat(status(daemon, polite).getExitCode()).isEqualTo(3);
        assertThat(status(daemon, stubborn).getExitCode()).isEqualTo(137);
        Requests.stop(daemon, stubborn, 1);
    }

    /** The kubelet takes values from secrets, which are bytes. */
    @Test
    void shouldGiveValuesThatAreNoText() {
        var value = ByteString.copyFrom(new byte[] {'a', (byte) 0xff, (byte) 0xc3, 'z'});
        var pod = run(daemon, pod(daemon, "bytes"));
        var config =
                container("c", "sleep", "600")
                        .addEnvs(KeyValue.newBuilder().setKey("BYTES").setValue(value));
        var id = createAndStart(daemon, pod, config);

        assertThat(exec(daemon, id, "sh", "-c", "echo \"$BYTES\"").getStdout())
                .isEqualTo(value.concat(ByteString.copyFromUtf8("\n")));
        assertThat(
                        exec(daemon, id, "cat", "/proc/1/environ")
                                .getStdout()
                                .toString(StandardCharsets.ISO_8859_1))
                .contains("BYTES=" + value.toString(StandardCharsets.ISO_8859_1) + "\0");
    }

    @Test
    void shouldTellTheSignalThatStopsAContainer() {
        var pod = run(daemon, pod(daemon, "signals"));
        var usual = Requests.create(daemon, pod, container("usual", "true"));
        var other =
                Requests.create(
                        daemon,
                        pod,
                        container("other", "true").setStopSignal(Signal.SIGNAL_SIGRTMINPLUS3));

        assertThat(Requests.status(daemon, usual).getStopSignal()).isEqualTo(Signal.SIGNAL_SIGTERM);
        assertThat(Requests.status(daemon, other).getStopSignal())
                .isEqualTo(Signal.SIGNAL_SIGRTMINPLUS3);
    }

    @Test
    void shouldReturnOutputAndExitCodeOfExec() {
        var pod = run(daemon, pod(daemon, "exec"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));

        var response = exec(daemon, id, "sh", "-c", "echo out; echo err >&2; exit 9");

        assertThat(response.getStdout().toStringUtf8()).isEqualTo("out\n");
        assertThat(response.getStderr().toStringUtf8()).isEqualTo("err\n");
        assertThat(response.getExitCode()).isEqualTo(9);
        assertThat(exec(daemon, id, "head", "-c", "3000000", "/dev/zero").getStdout().size())
                .isEqualTo(3_000_000);
    }

    @Test
    void shouldMountVolumesWithTheirAttributes() throws Exception {
        var volume = Files.createDirectory(directory.resolve("volume"));
        Files.writeString(volume.resolve("file"), "content");
        var pod = run(daemon, pod(daemon, "volumes"));
        var id =
                createAndStart(
                        daemon,
                        pod,
                        container("c", "sleep", "600")
                                .addMounts(mount(volume, "/data/writable", false))
                                .addMounts(mount(volume, "/data/readonly", true))
                                .addMounts(mount(volume.resolve("file"), "/data/one", true)));

        assertThat(text(exec(daemon, id, "cat", "/data/one"))).isEqualTo("content");
        assertThat(exec(daemon, id, "touch", "/data/writable/new").getExitCode()).isZero();
        assertThat(exec(daemon, id, "touch", "/data/readonly/other").getStderr().toStringUtf8())
                .contains("Read-only file system");
        assertThat(volume.resolve("new")).exists();
    }

    @Test
    void shouldWriteToTheNewLogAfterReopen() throws Exception {
        var pod = run(daemon, pod(daemon, "reopen"));
        var log = daemon.logs().resolve("reopen/c.log");
        var id =
                createAndStart(
                        daemon,
                        pod,
                        container(
                                "c",
                                "sh",
                                "-c",
                                "i=0; while :; do echo $i; i=$((i+1)); usleep 2000; done"));
        Eventually.equal(true, () -> Files.size(log) > 0);
        var rotated = log.resolveSibling("c.log.1");
        Files.move(log, rotated);

        daemon.runtime()
                .reopenContainerLog(
                        ReopenContainerLogRequest.newBuilder().setContainerId(id).build());

        Eventually.equal(true, () -> Files.size(log) > 1000);
        Requests.stop(daemon, id, 0);
        var lines = Files.readAllLines(rotated);
        lines.addAll(Files.readAllLines(log));
        for (int i = 0; i < lines.size(); i++) {
            assertThat(lines.get(i)).endsWith(" stdout F " + i);
        }
    }

    @Test
    void shouldShareProcessesWhenThePodSharesItsPidNamespace() {
        var config = pod(daemon, "shared");
        config.setLinux(LinuxPodSandboxConfig.getDefaultInstance());
        var pod = run(daemon, config);
        var first = createAndStart(daemon, pod, container("a", "sleep", "601").clearLinux());
        var second = createAndStart(daemon, pod, container("b", "sleep", "602").clearLinux());

        var seen = text(exec(daemon, second, "ps"));

        assertThat(seen).contains("sleep 601").contains("sleep 602").contains("demitasse-pause");
        Requests.stop(daemon, first, 0);
        assertThat(status(daemon, second).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    }

    @Test
    void shouldRunWithTerminalAndLogIt() throws Exception {
        var pod = run(daemon, pod(daemon, "tty"));

        var id =
                createAndStart(
                        daemon, pod, container("c", "sh", "-c", "tty; echo done").setTty(true));

        assertThat(awaitExit(daemon, id).getExitCode()).isZero();
        assertThat(Files.readString(daemon.logs().resolve("tty/c.log")))
                .contains("/dev/pts/0")
                .contains("done");
    }

    @Test
    void shouldFilterListsAndReportStats() {
        var pod = run(daemon, pod(daemon, "list"));
        var id =
                createAndStart(
                        daemon, pod, container("c", "sleep", "600").putLabels("color", "blue"));

        var found =
                daemon.runtime()
                        .listContainers(
                                ListContainersRequest.newBuilder()
                                        .setFilter(
                                                io.demitasse.cri.v1.ContainerFilter.newBuilder()
                                                        .putAllLabelSelector(
                                                                Map.of("color", "blue")))
                                        .build());
        var stats =
                daemon.runtime()
                        .containerStats(
                                ContainerStatsRequest.newBuilder().setContainerId(id).build())
                        .getStats();

        assertThat(found.getContainersList()).hasSize(1);
        assertThat(found.getContainers(0).getId()).isEqualTo(id);
        assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue()).isPositive();
        assertThat(stats.getWritableLayer().getTimestamp()).isPositive();
    }

    @Test
    void shouldDoNothingTwiceWhereCriDemandsIdempotence() {
        var config = pod(daemon, "twice");
        var pod = run(daemon, config);
        assertThat(run(daemon, config)).isEqualTo(pod);
        var container = container("c", "sleep", "600");
        var id = Requests.create(daemon, pod, container);
        assertThat(Requests.create(daemon, pod, container)).isEqualTo(id);
        Requests.start(daemon, id);
        Requests.start(daemon, id);

        for (int i = 0; i < 2; i++) {
            Requests.stop(daemon, id, 0);
            daemon.runtime()
                    .removeContainer(
                            RemoveContainerRequest.newBuilder().setContainerId(id).build());
            daemon.runtime()
                    .stopPodSandbox(
                            StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
        }
        assertThat(
                        daemon.runtime()
                                .podSandboxStatus(
                                        PodSandboxStatusRequest.newBuilder()
                                                .setPodSandboxId(pod)
                                                .build())
                                .getStatus()
                                .getState())
                .isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        for (int i = 0; i < 2; i++) {
            daemon.runtime()
                    .removePodSandbox(
                            RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
        }
    }

    private static Mount mount(Path source, String target, boolean readonly) {
        return Mount.newBuilder()
                .setHostPath(source.toString())
                .setContainerPath(target)
                .setReadonly(readonly)
                .build();
    }

    private static String text(io.demitasse.cri.v1.ExecSyncResponse response) {
        return response.getStdout().toStringUtf8();
    }
}
