package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.cri.v1.ExecSyncRequest;
import io.demitasse.cri.v1.ExecSyncResponse;
import io.demitasse.cri.v1.HugepageLimit;
import io.demitasse.cri.v1.LinuxContainerResources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a command that nobody waits for any more, and where a command may run. */
@Timeout(180)
class ExecSyncTest {
    private static final int CLIENTS = 8;
    private static final int MAX_ANSWER_BYTES = 64 << 20;
    private static final int MAX_STREAM_BYTES = 16 << 20;
    private static final String WITH_CHILDREN = "sleep 301 & sleep 302; true";

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

    private static ExecSyncRequest.Builder request(String container, String script) {
        return ExecSyncRequest.newBuilder()
                .setContainerId(container)
                .addAllCmd(List.of("sh", "-c", script));
    }

    private static Path group(String pod, String container) {
        return daemon.cgroup().resolve("demitasse").resolve(pod).resolve(container);
    }

    private static int processes(String pod, String container) throws Exception {
        return Files.readAllLines(group(pod, container).resolve("cgroup.procs")).size();
    }

    @Test
    void shouldKillTheChildrenOfACommandThatTookTooLong() throws Exception {
        var pod = run(daemon, pod(daemon, "late"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));

        assertThatThrownBy(() ->
                        daemon.runtime().execSync(request(id, WITH_CHILDREN).setTimeout(1).build()))
                .hasMessageContaining("DEADLINE_EXCEEDED")
                .hasMessageContaining("was killed after 1 s");

        Eventually.equal(1, () -> processes(pod, id));
    }

    @Test
    void shouldKillACommandWhoseClientHasGone() throws Exception {
        var pod = run(daemon, pod(daemon, "gone"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));

        assertThatThrownBy(() ->
                        daemon.runtime()
                                .withDeadlineAfter(1, TimeUnit.SECONDS)
                                .execSync(request(id, WITH_CHILDREN).build()))
                .hasMessageContaining("DEADLINE_EXCEEDED");

        Eventually.equal(1, () -> processes(pod, id));
    }

    @Test
    void shouldReturnTheFirstSixteenMebibytesOfAStream() throws Exception {
        var pod = run(daemon, pod(daemon, "much"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));

        var answer =
                daemon.runtime()
                        .withMaxInboundMessageSize(MAX_ANSWER_BYTES)
                        .execSync(request(id, "head -c 20000000 /dev/zero; exit 4").build());

        assertThat(answer.getStdout().size()).isEqualTo(MAX_STREAM_BYTES);
        assertThat(answer.getExitCode()).isEqualTo(4);
    }

    @Test
    void shouldNotRunOutOfMemoryWhateverCommandsPrint() throws Exception {
        var pod = run(daemon, pod(daemon, "loud"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));
        var command = request(id, "head -c 20000000 /dev/zero | tee /dev/stderr").build();
        var answers = new ArrayList<Future<ExecSyncResponse>>();
        try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
            for (int i = 0; i < CLIENTS; i++) {
                answers.add(
                        clients.submit(() ->
                                daemon.runtime()
                                        .withMaxInboundMessageSize(MAX_ANSWER_BYTES)
                                        .execSync(command)));
            }
        }

        long kept = 0;
        for (var answer : answers) {
            assertThat(answer.get().getExitCode()).isZero();
            assertThat(answer.get().getStdout().size()).isLessThanOrEqualTo(MAX_STREAM_BYTES);
            kept += answer.get().getStdout().size() + answer.get().getStderr().size();
        }
        assertThat(kept).as("of all of them").isGreaterThanOrEqualTo(MAX_STREAM_BYTES);
        assertThat(exec(daemon, id, "echo", "x").getStdout().toStringUtf8()).isEqualTo("x\n");
        assertThat(Files.readString(directory.resolve("log"))).doesNotContain("OutOfMemory");
    }

    /** As an init does in a container that makes cgroups of its own: systemd, dockerd. */
    @Test
    void shouldJoinTheInitWhereTheContainersOwnGroupTakesNoProcess() throws Exception {
        assumeTrue(
                Files.readString(Path.of("/sys/fs/cgroup/cgroup.controllers")).contains("hugetlb")
                        && Files.isDirectory(Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB")),
                "needs a controller, and of all only hugetlb is to be had everywhere");
        var pod = run(daemon, pod(daemon, "nested"));
        var config = container("c", "sleep", "600");
        config.getLinuxBuilder()
                .setResources(
                        LinuxContainerResources.newBuilder()
                                .addHugepageLimits(
                                        HugepageLimit.newBuilder()
                                                .setPageSize("2MB")
                                                .setLimit(2 << 20)));
        var id = createAndStart(daemon, pod, config);
        var group = group(pod, id);
        var inner = Files.createDirectory(group.resolve("init"));
        Files.writeString(
                inner.resolve("cgroup.procs"),
                Files.readAllLines(group.resolve("cgroup.procs")).getFirst());
        Files.writeString(group.resolve("cgroup.subtree_control"), "+hugetlb");

        var answer = exec(daemon, id, "cat", "/proc/self/cgroup");

        assertThat(answer.getStdout().toStringUtf8()).contains("0::/init\n");
    }
}
