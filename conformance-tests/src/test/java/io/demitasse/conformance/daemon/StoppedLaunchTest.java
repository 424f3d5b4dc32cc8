package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.ExecSyncRequest;
import io.demitasse.cri.v1.LinuxContainerResources;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.NamespaceOption;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import io.demitasse.cri.v1.UpdateContainerResourcesRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A container whose root stops every process on its way into it, between clone and exec. Each test
 * goes on only once it has seen such a process stopped: that is how we know that the attack works.
 */
@Timeout(180)
class StoppedLaunchTest {
    /** Stops whatever has one of the next pids; the pids of a namespace are given out in order. */
    private static final String ATTACK =
            """
            exec 2>/dev/null
            next=$1
            while :; do
                for i in 0 1 2 3; do
                    kill -STOP $((next+i)) && next=$((next+i+1)) && break
                done
            done
            """;

    private static final int TRIES = 20;

    @TempDir Path directory;

    private final ExecutorService clients = Executors.newCachedThreadPool();
    private RunningDaemon daemon;
    private Footprint before;

    @BeforeEach
    void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
        before = Footprint.of(daemon);
    }

    @AfterEach
    void leavesNothingBehind() throws Exception {
        clients.shutdownNow();
        if (daemon != null) {
            daemon.removeAllPods();
            Eventually.equal(before, () -> Footprint.of(daemon));
            daemon.close();
        }
    }

    @Test
    void shouldKeepTheTimeoutOfACommandThatWasStoppedOnItsWay() throws Exception {
        var pod = run(daemon, pod(daemon, "timeout"));
        var attacker = attacker(pod);
        var caught = catchCommand(pod, attacker, 3);

        long began = System.nanoTime();
        assertThatThrownBy(caught.answer::join)
                .hasMessageContaining("DEADLINE_EXCEEDED")
                .hasMessageContaining("did not come to run its program in time");

        assertThat(secondsSince(began)).isLessThan(20);
        Eventually.equal(false, () -> exists(caught.pid));
    }

    @Test
    void shouldEndACommandThatWasStoppedOnItsWayWhenItsClientGoes() throws Exception {
        var pod = run(daemon, pod(daemon, "client"));
        var caught = catchCommand(pod, attacker(pod), 0);

        caught.client.shutdownNow();

        long began = System.nanoTime();
        Eventually.equal(false, () -> exists(caught.pid));
        assertThat(secondsSince(began)).isLessThan(20);
    }

    @Test
    void shouldNotWaitForAStoppedCommandToUpdateOrStopItsPod() throws Exception {
        var pod = run(daemon, pod(daemon, "pod"));
        var attacker = attacker(pod);
        var caught = catchCommand(pod, attacker, 0);

        long began = System.nanoTime();
        daemon.runtime()
                .updateContainerResources(
                        UpdateContainerResourcesRequest.newBuilder()
                                .setContainerId(attacker)
                                .setLinux(LinuxContainerResources.getDefaultInstance())
                                .build());
        stop(pod);

        assertThat(secondsSince(began)).isLessThan(20);
        assertThat(exists(caught.pid)).isFalse();
        assertThatThrownBy(caught.answer::join).isNotNull();
    }

    @Test
    void shouldStartAgainWhileACommandIsStoppedOnItsWay() throws Exception {
        var pod = run(daemon, pod(daemon, "restart"));
        var attacker = attacker(pod);
        var caught = catchCommand(pod, attacker, 0);

        daemon.kill();
        daemon.restart();

        assertThat(exists(caught.pid)).isFalse();
        assertThat(Requests.status(daemon, attacker).getFinishedAt()).isZero();
    }

    /** As a container with the node's PID namespace can do to it. */
    @Test
    void shouldStartAgainWhileAShimIsStoppedAsWell() throws Exception {
        var pod = run(daemon, pod(daemon, "shim"));
        var caught = catchCommand(pod, attacker(pod), 0);
        long shim = ProcessHandle.of(caught.pid).orElseThrow().parent().orElseThrow().pid();
        RunningDaemon.run(List.of("kill", "-STOP", Long.toString(shim)));

        daemon.kill();
        daemon.restart();

        Eventually.equal(false, () -> exists(caught.pid));
        Eventually.equal(false, () -> exists(shim));
        assertThat(exec(daemon, innocent(), "true").getExitCode()).isZero();
    }

    @Test
    void shouldStopAPodOfWhichOneContainerStoppedAnother() throws Exception {
        var pod = run(daemon, sharingPids(pod(daemon, "shared")));
        var attacker = createAndStart(daemon, pod, sharingPids(attack(3)));
        var victim = Requests.create(daemon, pod, sharingPids(container("victim", "sleep", "600")));
        var answer =
                CompletableFuture.runAsync(() -> Requests.start(daemon, victim), clients)
                        .handle((_, failure) -> String.valueOf(failure));
        var group = group(pod, victim);
        long init = awaitCaught(group);

        assertThat(init).as("the init of the other container is stopped").isPositive();
        long began = System.nanoTime();
        stop(pod);

        assertThat(secondsSince(began)).isLessThan(20);
        assertThat(exists(init)).isFalse();
        assertThat(answer.join()).contains("ECANCELED");
        assertThat(Requests.status(daemon, victim).getReason()).isEqualTo("StartError");
        assertThat(Requests.status(daemon, attacker).getFinishedAt()).isPositive();
        daemon.runtime()
                .removePodSandbox(
                        RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
    }

    @Test
    void shouldStartAgainWhileAContainerIsStoppedOnItsWay() throws Exception {
        var pod = run(daemon, sharingPids(pod(daemon, "shared-restart")));
        createAndStart(daemon, pod, sharingPids(attack(3)));
        var victim = Requests.create(daemon, pod, sharingPids(container("victim", "sleep", "600")));
        var answer =
                CompletableFuture.runAsync(() -> Requests.start(daemon, victim), clients)
                        .handle((_, failure) -> String.valueOf(failure));
        long init = awaitCaught(group(pod, victim));

        daemon.kill();
        answer.join();
        daemon.restart();

        assertThat(init).as("the init of the other container is stopped").isPositive();
        assertThat(exists(init)).isFalse();
        assertThat(Requests.status(daemon, victim).getStartedAt()).isZero();
    }

    @Test
    void shouldReplaceASpawnerThatWasKilled() throws Exception {
        var id = innocent();
        var processes = daemon.cgroup().resolve("demitasse/shims/cgroup.procs");
        for (var pid : Files.readAllLines(processes)) {
            var parent = ProcessHandle.of(Long.parseLong(pid)).flatMap(ProcessHandle::parent);
            if (parent.map(ProcessHandle::pid).orElse(0L) == daemon.pid()) {
                RunningDaemon.run(List.of("kill", "-KILL", pid));
            }
        }

        assertThat(exec(daemon, id, "true").getExitCode()).isZero();
        assertThat(exec(daemon, innocent(), "true").getExitCode()).isZero();
    }

    /** A process that was seen stopped, who waits for it, and what becomes of that. */
    private record Caught(long pid, io.grpc.ManagedChannel client, CompletableFuture<?> answer) {}

    /** Runs commands until one is stopped on its way; those that were faster have ended. */
    private Caught catchCommand(String pod, String container, long timeout) throws Exception {
        for (int i = 0; i < TRIES; i++) {
            var client = daemon.dial();
            var answer =
                    CompletableFuture.supplyAsync(
                            () ->
                                    io.demitasse.cri.v1.RuntimeServiceGrpc.newBlockingStub(client)
                                            .withDeadlineAfter(60, TimeUnit.SECONDS)
                                            .execSync(
                                                    ExecSyncRequest.newBuilder()
                                                            .setContainerId(container)
                                                            .addCmd("true")
                                                            .setTimeout(timeout)
                                                            .build()),
                            clients);
            while (!answer.isDone()) {
                long pid = stopped(group(pod, container));
                if (pid != 0) {
                    return new Caught(pid, client, answer);
                }
                Thread.onSpinWait();
            }
            client.shutdownNow();
        }
        throw new AssertionError("no command was stopped on its way in " + TRIES + " tries");
    }

    private static long awaitCaught(Path group) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        long pid = 0;
        while (pid == 0 && System.nanoTime() < deadline) {
            pid = Files.exists(group) ? stopped(group) : 0;
        }
        return pid;
    }

    /** {@return a process of the group that is stopped and has not executed its program, or 0} */
    private static long stopped(Path group) throws IOException {
        try {
            for (var pid : Files.readAllLines(group.resolve("cgroup.procs"))) {
                var process = Path.of("/proc", pid);
                if (Files.readString(process.resolve("stat")).contains(") T ")
                        && Files.readSymbolicLink(process.resolve("exe"))
                                .toString()
                                .contains("demitasse-shim")) {
                    return Long.parseLong(pid);
                }
            }
        } catch (NoSuchFileException ended) {
            return 0;
        }
        return 0;
    }

    private static boolean exists(long pid) {
        return Files.exists(Path.of("/proc", Long.toString(pid)));
    }

    private String attacker(String pod) {
        return createAndStart(daemon, pod, attack(2));
    }

    private String innocent() {
        var pod = run(daemon, pod(daemon, "innocent" + System.nanoTime()));
        return createAndStart(daemon, pod, container("c", "sleep", "600"));
    }

    private static ContainerConfig.Builder attack(int next) {
        return container("attacker", "sh", "-c", ATTACK, "sh", Integer.toString(next));
    }

    private static PodSandboxConfig.Builder sharingPids(PodSandboxConfig.Builder pod) {
        pod.getLinuxBuilder().getSecurityContextBuilder().setNamespaceOptions(podPids());
        return pod;
    }

    private static ContainerConfig.Builder sharingPids(ContainerConfig.Builder container) {
        container.getLinuxBuilder().getSecurityContextBuilder().setNamespaceOptions(podPids());
        return container;
    }

    private static NamespaceOption podPids() {
        return NamespaceOption.newBuilder().setPid(NamespaceMode.POD).build();
    }

    private Path group(String pod, String container) {
        return daemon.cgroup().resolve("demitasse").resolve(pod).resolve(container);
    }

    private void stop(String pod) {
        daemon.runtime()
                .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
    }

    private static long secondsSince(long began) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
    }
}
