package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static io.demitasse.conformance.daemon.Requests.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.cri.v1.ExecSyncResponse;
import io.demitasse.cri.v1.HugepageLimit;
import io.demitasse.cri.v1.LinuxContainerResources;
import io.demitasse.cri.v1.UpdateContainerResourcesRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Limits that are changed while a container lives. Huge pages stand for all: their controller is
 * there even where v1 hierarchies hold the others.
 */
@Timeout(120)
class UpdateResourcesTest {
    private static final String FILE = "hugetlb.2MB.max";

    @TempDir static Path directory;

    private static RunningDaemon daemon;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
        assumeTrue(
                Files.readString(Path.of("/sys/fs/cgroup/cgroup.controllers")).contains("hugetlb")
                        && Files.isDirectory(Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB")),
                "needs a hugetlb controller and pages of 2 MB");
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
    void shouldChangeOneLimitOfARunningContainerAndKeepTheOthers() throws Exception {
        var config = container("c", "sleep", "600");
        config.getLinuxBuilder().setResources(pages(4 << 20).setOomScoreAdj(500));
        var pod = run(daemon, pod(daemon, "running"));
        var id = createAndStart(daemon, pod, config);

        update(id, pages(8 << 20));

        assertThat(limit(pod, id)).isEqualTo("8388608");
        var told = status(daemon, id).getResources().getLinux();
        assertThat(told.getHugepageLimitsList())
                .extracting(HugepageLimit::getLimit)
                .containsExactly(8L << 20);
        assertThat(told.getOomScoreAdj()).isEqualTo(500);
    }

    @Test
    void shouldChangeTheOomScoreOfARunningContainer() throws Exception {
        var config =
                container(
                        "c",
                        "sh",
                        "-c",
                        "(echo 800 >/proc/self/oom_score_adj; exec sleep 601) & exec sleep 600");
        config.getLinuxBuilder().setResources(pages(4 << 20).setOomScoreAdj(500));
        var pod = run(daemon, pod(daemon, "score"));
        var id = createAndStart(daemon, pod, config);
        Eventually.equal("500 800", () -> scores(id));

        update(id, pages(4 << 20).setOomScoreAdj(700));

        assertThat(scores(id)).isEqualTo("700 800"); // who chose another one keeps it
        assertThat(status(daemon, id).getResources().getLinux().getOomScoreAdj()).isEqualTo(700);
        assertThat(out(exec(daemon, id, "cat", "/proc/self/oom_score_adj"))).isEqualTo("700\n");

        update(id, pages(8 << 20));

        assertThat(scores(id)).isEqualTo("700 800");
        refused(
                Status.Code.INVALID_ARGUMENT,
                "oom_score_adj 1001 is not between -1000 and 1000",
                id,
                pages(4 << 20).setOomScoreAdj(1001));
        assertThat(limit(pod, id)).isEqualTo("8388608");
    }

    private static String out(ExecSyncResponse answer) {
        return answer.getStdout().toStringUtf8();
    }

    private static String scores(String id) {
        return out(exec(
                        daemon,
                        id,
                        "sh",
                        "-c",
                        "cd /proc; for p in $(pidof sleep); do cat $p/oom_score_adj; done"))
                .lines()
                .sorted()
                .collect(Collectors.joining(" "));
    }

    @Test
    void shouldStartAContainerWithTheLimitsOfItsUpdate() throws Exception {
        var pod = run(daemon, pod(daemon, "created"));
        var id = Requests.create(daemon, pod, container("c", "sleep", "600"));

        update(id, pages(2 << 20));

        Requests.start(daemon, id);
        assertThat(limit(pod, id)).isEqualTo("2097152");
    }

    @Test
    void shouldRememberLimitsThroughACrash() throws Exception {
        var pod = run(daemon, pod(daemon, "crash"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));
        update(id, pages(6 << 20));

        daemon.kill();
        daemon.restart();

        assertThat(status(daemon, id).getResources().getLinux().getHugepageLimits(0).getLimit())
                .isEqualTo(6L << 20);
    }

    @Test
    void shouldRefuseTheUpdateOfAContainerThatEnded() {
        var pod = run(daemon, pod(daemon, "ended"));
        var id = createAndStart(daemon, pod, container("c", "true"));
        Requests.awaitExit(daemon, id);

        refused(Status.Code.FAILED_PRECONDITION, "it has no limits any more", id, pages(1 << 21));
        refused(Status.Code.NOT_FOUND, "there is no container x", "x", pages(1 << 21));
    }

    @Test
    void shouldChangeNothingWhenOneLimitIsRefused() throws Exception {
        var config = container("c", "sleep", "600");
        config.getLinuxBuilder().setResources(pages(4 << 20));
        var pod = run(daemon, pod(daemon, "refused"));
        var id = createAndStart(daemon, pod, config);

        refused(
                Status.Code.UNKNOWN,
                "hugetlb.2MB.rsvd.max",
                id,
                pages(8 << 20).putUnified("hugetlb.2MB.rsvd.max", "many"));

        assertThat(limit(pod, id)).isEqualTo("4194304");
        assertThat(status(daemon, id).getResources().getLinux().getHugepageLimits(0).getLimit())
                .isEqualTo(4L << 20);
    }

    private static LinuxContainerResources.Builder pages(long bytes) {
        return LinuxContainerResources.newBuilder()
                .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(bytes));
    }

    private static void update(String id, LinuxContainerResources.Builder resources) {
        daemon.runtime()
                .updateContainerResources(
                        UpdateContainerResourcesRequest.newBuilder()
                                .setContainerId(id)
                                .setLinux(resources)
                                .build());
    }

    private static void refused(
            Status.Code code, String sentence, String id, LinuxContainerResources.Builder wanted) {
        var failure = catchThrowableOfType(StatusRuntimeException.class, () -> update(id, wanted));

        assertThat(failure).hasMessageContaining(sentence);
        assertThat(failure.getStatus().getCode()).isEqualTo(code);
    }

    private static String limit(String pod, String id) throws IOException {
        return Files.readString(
                        daemon.cgroup().resolve("demitasse/" + pod).resolve(id).resolve(FILE))
                .strip();
    }
}
