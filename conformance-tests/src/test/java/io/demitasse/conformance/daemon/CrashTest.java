package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.awaitExit;
import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static io.demitasse.conformance.daemon.Requests.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.ContainerState;
import io.demitasse.cri.v1.ListContainersRequest;
import io.demitasse.cri.v1.ListPodSandboxRequest;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.PodSandboxState;
import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * SIGKILL for the daemon, while pods run and while they start: nothing is lost, nothing is left.
 */
@Timeout(300)
class CrashTest {
    private static final int PODS = 20;
    private static final int ROUNDS = 8;

    @TempDir Path directory;

    private RunningDaemon daemon;
    private Footprint before;

    @BeforeEach
    void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
        before = Footprint.of(daemon);
    }

    @AfterEach
    void leavesNothingBehind() throws Exception {
        if (daemon != null) {
            daemon.removeAllPods();
            Eventually.equal(before, () -> Footprint.of(daemon));
            daemon.close();
        }
    }

    @Test
    void shouldFindEveryContainerWhereTheKernelSaysItIs() throws Exception {
        var counter = "i=0; while :; do echo $i; i=$((i+1)); usleep 5000; done";
        var running = new ArrayList<String>();
        var ending = new ArrayList<String>();
        var pods = new ArrayList<String>();
        for (int i = 0; i < PODS; i++) {
            var pod = run(daemon, pod(daemon, "p" + i));
            pods.add(pod);
            running.add(createAndStart(daemon, pod, container("runs", "sh", "-c", counter)));
            ending.add(createAndStart(daemon, pod, endingWhenTold(i + 1)));
        }
        var created = Requests.create(daemon, pods.getFirst(), container("waits", "true"));
        var pids = running.stream().map(id -> exec(daemon, id, "true").getExitCode()).toList();
        assertThat(pids).containsOnly(0);
        var footprint = Footprint.of(daemon);
        var started = ending.stream().map(id -> status(daemon, id).getStartedAt()).toList();

        daemon.kill();
        long killedAt = Instant.now().getEpochSecond() * 1_000_000_000;
        letThemEndUnwatched(ending);
        daemon.restart();

        assertThat(listed()).isEqualTo(PODS);
        for (int i = 0; i < PODS; i++) {
            assertThat(status(daemon, running.get(i)).getState())
                    .isEqualTo(ContainerState.CONTAINER_RUNNING);
            var end = awaitExit(daemon, ending.get(i));
            assertThat(end.getExitCode()).isEqualTo(i + 1);
            assertThat(end.getReason()).isEqualTo("Error");
            assertThat(end.getStartedAt()).isEqualTo(started.get(i));
            assertThat(end.getFinishedAt()).isGreaterThan(killedAt);
            assertThat(exec(daemon, running.get(i), "true").getExitCode()).isZero();
        }
        assertThat(status(daemon, created).getState()).isEqualTo(ContainerState.CONTAINER_CREATED);
        Requests.start(daemon, created);
        assertThat(awaitExit(daemon, created).getExitCode()).isZero();
        assertThat(Footprint.of(daemon).mounts()).isEqualTo(footprint.mounts());
        assertThat(Footprint.of(daemon).links()).isEqualTo(footprint.links());
        for (int i = 0; i < PODS; i++) {
            Requests.stop(daemon, running.get(i), 0);
            assertUnbroken(daemon.logs().resolve("p" + i + "/runs.log"));
        }
    }

    /** A container that ends with this code once a file is there. */
    private ContainerConfig.Builder endingWhenTold(int code) throws IOException {
        var gate = Files.createDirectories(directory.resolve("gate"));
        var waits = "until [ -e /gate/open ]; do usleep 20000; done; exit " + code;
        return container("ends", "sh", "-c", waits)
                .addMounts(
                        Mount.newBuilder()
                                .setHostPath(gate.toString())
                                .setContainerPath("/gate")
                                .setReadonly(true));
    }

    /** Returns when each of their shims has written down how they ended. */
    private void letThemEndUnwatched(List<String> containers) throws IOException {
        Files.createFile(directory.resolve("gate/open"));
        for (var id : containers) {
            var exit = daemon.state().resolve("containers").resolve(id).resolve("exit");
            Eventually.equal(true, () -> Files.exists(exit));
        }
    }

    @Test
    void shouldKnowTheNamesOfContainersAfterARestart() throws Exception {
        var pod = run(daemon, pod(daemon, "names"));
        var id = Requests.create(daemon, pod, container("c", "sleep", "600"));

        daemon.kill();
        daemon.restart();

        assertThat(Requests.create(daemon, pod, container("c", "sleep", "600"))).isEqualTo(id);
    }

    /** What is listed afterwards is whole: nothing of it has been taken away yet. */
    @Test
    void shouldConvergeWhenKilledWhilePodsStopAndGo() throws Exception {
        var random = new Random(2);
        for (int round = 0; round < ROUNDS; round++) {
            var pods = new ArrayList<String>();
            for (int i = 0; i < 4; i++) {
                var pod = run(daemon, pod(daemon, "gone-" + round + "-" + i));
                createAndStart(daemon, pod, container("a", "sleep", "600"));
                createAndStart(daemon, pod, container("b", "true"));
                pods.add(pod);
            }
            var began = new CountDownLatch(1);
            var requests = new ArrayList<Future<?>>();
            try (var clients = Executors.newFixedThreadPool(4)) {
                for (var pod : pods) {
                    requests.add(clients.submit(() -> removeUntilKilled(began, pod)));
                }
                began.await();
                LockSupport.parkNanos(random.nextInt(30_000_000));
                daemon.kill();
            }
            for (var request : requests) {
                request.get();
            }
            daemon.restart();

            assertThat(
                            daemon.runtime()
                                    .listContainers(ListContainersRequest.getDefaultInstance())
                                    .getContainersList())
                    .as("started once, and whole or gone")
                    .noneMatch(each -> each.getState() == ContainerState.CONTAINER_CREATED)
                    .allMatch(each ->
                            Files.exists(daemon.root().resolve("snapshots").resolve(each.getId())));
            daemon.removeAllPods();
            Eventually.equal(before, () -> Footprint.of(daemon));
        }
    }

    private void removeUntilKilled(CountDownLatch began, String pod) {
        try {
            began.countDown();
            daemon.runtime()
                    .stopPodSandbox(
                            StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
            daemon.runtime()
                    .removePodSandbox(
                            RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
        } catch (StatusRuntimeException killed) {
            // the daemon is gone: that is what this test is about
            assertThat(killed.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
    }

    @Test
    void shouldConvergeWhenKilledWhilePodsStart() throws Exception {
        var random = new Random(1);
        for (int round = 0; round < ROUNDS; round++) {
            var began = new CountDownLatch(1);
            int attempt = round;
            var requests = new ArrayList<Future<?>>();
            try (var clients = Executors.newFixedThreadPool(4)) {
                for (int i = 0; i < 4; i++) {
                    int client = i;
                    requests.add(clients.submit(() -> startUntilKilled(began, attempt, client)));
                }
                began.await();
                LockSupport.parkNanos(random.nextInt(40_000_000));
                daemon.kill();
            }
            for (var request : requests) {
                request.get();
            }
            daemon.restart();
            for (int client = 0; client < 4; client++) {
                for (int n = 0; n < 3; n++) {
                    startPod(name(round, client, n));
                }
            }
            assertThat(listed()).isEqualTo(12);
            daemon.removeAllPods();
            Eventually.equal(before, () -> Footprint.of(daemon));
        }
    }

    @Test
    void shouldStopCleanlyAndLeaveContainersRunning() throws Exception {
        var pod = run(daemon, pod(daemon, "clean"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));

        assertThat(daemon.terminate()).isZero();
        daemon.restart();

        assertThat(status(daemon, id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
        assertThat(
                        daemon.runtime()
                                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                                .getItems(0)
                                .getState())
                .isEqualTo(PodSandboxState.SANDBOX_READY);
    }

    @Test
    void shouldEndAContainerAtOnceWhoseShimWasKilled() throws Exception {
        var pod = run(daemon, pod(daemon, "shim"));
        var ignorant = "trap '' PIPE TERM; while :; do echo line; sleep 1; done";
        var id = createAndStart(daemon, pod, container("c", "sh", "-c", ignorant));

        signal("KILL", Footprint.of(daemon).processes());

        var end = awaitExit(daemon, id);
        assertThat(end.getExitCode()).isEqualTo(255);
        assertThat(end.getReason()).isEqualTo("Unknown");
        assertThat(end.getMessage()).startsWith("its shim was killed");
    }

    @Test
    void shouldKeepAContainerWhoseShimDoesNotAnswer() throws Exception {
        var pod = run(daemon, pod(daemon, "slow"));
        var id = createAndStart(daemon, pod, endingWhenTold(7));
        var startedAt = status(daemon, id).getStartedAt();
        var shims = Footprint.of(daemon).processes();
        signal("STOP", shims); // as one that waits for a disk does

        daemon.kill();
        daemon.restart();

        var found = status(daemon, id);
        assertThat(found.getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
        assertThat(found.getStartedAt()).isCloseTo(startedAt, within(1_000_000_000L));
        assertThat(exec(daemon, id, "true").getExitCode()).isZero();
        signal("CONT", shims);
        Files.createFile(directory.resolve("gate/open"));
        assertThat(awaitExit(daemon, id).getExitCode()).isEqualTo(7);
    }

    @Test
    void shouldStopAContainerWhoseShimDoesNotAnswer() throws Exception {
        var pod = run(daemon, pod(daemon, "stuck"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));
        var shims = Footprint.of(daemon).processes();
        signal("STOP", shims);

        Requests.stop(daemon, id, 0);

        assertThat(status(daemon, id).getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
        assertThat(status(daemon, id).getExitCode()).isEqualTo(255);
        signal("CONT", shims);
    }

    @Test
    void shouldNotCallAPodReadyWhoseNamespacesAreGone() throws Exception {
        var pod = run(daemon, pod(daemon, "rebooted"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));
        daemon.kill();
        // a reboot of a node whose state directory is on a disk
        signal("KILL", Footprint.of(daemon).processes());
        Files.writeString(
                daemon.cgroup().resolve("demitasse").resolve(pod).resolve("cgroup.kill"), "1");
        RunningDaemon.run(
                List.of("umount", "-l", daemon.state().resolve("sandboxes/" + pod).toString()));

        daemon.restart();

        assertThat(
                        daemon.runtime()
                                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                                .getItems(0)
                                .getState())
                .isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        assertThat(status(daemon, id).getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    }

    @Test
    void shouldStartWithUnreadableRecords() throws Exception {
        var kept = run(daemon, pod(daemon, "kept"));
        var torn = run(daemon, pod(daemon, "torn"));
        daemon.kill();
        Files.writeString(daemon.root().resolve("sandboxes").resolve(torn).resolve("record"), "x");

        daemon.restart();

        assertThat(
                        daemon.runtime()
                                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                                .getItemsList())
                .extracting(io.demitasse.cri.v1.PodSandbox::getId)
                .containsExactly(kept);
        var quarantine = daemon.root().resolve("sandboxes/quarantine").resolve(torn);
        assertThat(quarantine).exists();
        Files.delete(quarantine.resolve("record"));
        Files.delete(quarantine);
    }

    private static void signal(String name, Iterable<String> pids) throws Exception {
        for (var pid : pids) {
            RunningDaemon.run(List.of("kill", "-" + name, pid));
        }
    }

    private void startUntilKilled(CountDownLatch began, int round, int client) {
        try {
            for (int n = 0; n < 3; n++) {
                began.countDown();
                startPod(name(round, client, n));
            }
        } catch (StatusRuntimeException killed) {
            // the daemon is gone: that is what this test is about
            assertThat(killed.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
    }

    private static String name(int round, int client, int n) {
        return "r" + round + "-" + client + "-" + n;
    }

    private void startPod(String name) {
        var pod = run(daemon, pod(daemon, name));
        var request = container("c", "sleep", "600");
        var containers =
                daemon.runtime()
                        .listContainers(
                                ListContainersRequest.newBuilder()
                                        .setFilter(
                                                io.demitasse.cri.v1.ContainerFilter.newBuilder()
                                                        .setPodSandboxId(pod))
                                        .build())
                        .getContainersList();
        var id =
                containers.isEmpty()
                        ? Requests.create(daemon, pod, request)
                        : containers.get(0).getId();
        Requests.start(daemon, id);
        assertThat(exec(daemon, id, "true").getExitCode()).isZero();
    }

    private int listed() {
        return daemon.runtime()
                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                .getItemsCount();
    }

    private static void assertUnbroken(Path log) throws Exception {
        var lines = Files.readAllLines(log);
        assertThat(lines).hasSizeGreaterThan(100);
        for (int i = 0; i < lines.size(); i++) {
            assertThat(lines.get(i)).endsWith(" stdout F " + i);
        }
    }
}
