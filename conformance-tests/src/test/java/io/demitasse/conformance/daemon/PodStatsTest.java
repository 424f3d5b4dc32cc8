package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.demitasse.cri.v1.ContainerAttributes;
import io.demitasse.cri.v1.ContainerStats;
import io.demitasse.cri.v1.LinuxPodSandboxStats;
import io.demitasse.cri.v1.ListPodSandboxStatsRequest;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.NetworkConfig;
import io.demitasse.cri.v1.PodSandboxAttributes;
import io.demitasse.cri.v1.PodSandboxStats;
import io.demitasse.cri.v1.PodSandboxStatsFilter;
import io.demitasse.cri.v1.PodSandboxStatsRequest;
import io.demitasse.cri.v1.RuntimeConfig;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import io.demitasse.cri.v1.StreamPodSandboxStatsRequest;
import io.demitasse.cri.v1.UpdateRuntimeConfigRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What pods use, compared with what the kernel counts of them. */
@Timeout(120)
class PodStatsTest {
    private static final String BUSY = "while :; do :; done";

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

    private static PodSandboxStats stats(String pod) {
        return daemon.runtime()
                .podSandboxStats(PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod).build())
                .getStats();
    }

    private static List<String> listed(PodSandboxStatsFilter.Builder filter) {
        return daemon
                .runtime()
                .listPodSandboxStats(
                        ListPodSandboxStatsRequest.newBuilder().setFilter(filter).build())
                .getStatsList()
                .stream()
                .map(stats -> stats.getAttributes().getId())
                .toList();
    }

    private static long usedMicros(String pod) throws IOException {
        return Files.readAllLines(daemon.cgroup().resolve("demitasse/" + pod + "/cpu.stat"))
                .stream()
                .filter(line -> line.startsWith("usage_usec "))
                .mapToLong(line -> Long.parseLong(line.substring("usage_usec ".length())))
                .sum();
    }

    @Test
    void shouldTellThePodsProcessorTimeAndHowFastItGrows() throws Exception {
        var pod = run(daemon, pod(daemon, "busy"));
        createAndStart(daemon, pod, container("a", "sh", "-c", BUSY));

        long before = usedMicros(pod);
        var first = stats(pod).getLinux().getCpu();
        long after = usedMicros(pod);

        assertThat(first.getUsageCoreNanoSeconds().getValue())
                .isBetween(before * 1000, after * 1000);
        assertThat(first.hasUsageNanoCores()).isFalse();
        Eventually.equal(true, () -> stats(pod).getLinux().getCpu().hasUsageNanoCores());
        assertThat(stats(pod).getLinux().getCpu().getUsageNanoCores().getValue())
                .isBetween(10_000_000L, 2_000_000_000L);
    }

    @Test
    void shouldTellTrafficAsThePodItselfCountsIt() throws Exception {
        var pod = run(daemon, pod(daemon, "net"));
        var id = createAndStart(daemon, pod, container("a", "sleep", "600"));
        var ping = exec(daemon, id, "ping", "-c", "5", "-s", "1000", daemon.gateway());
        assertThat(ping.getExitCode()).as(ping.getStdout().toStringUtf8()).isZero();
        var counts = "cd /sys/class/net/eth0/statistics; cat rx_bytes rx_errors tx_bytes tx_errors";

        // until nothing was on its way while we looked
        Eventually.equal(
                true,
                () -> {
                    var seen = counters(stats(pod).getLinux());
                    var inside = exec(daemon, id, "sh", "-c", counts).getStdout().toStringUtf8();
                    return seen.equals(inside.lines().map(Long::valueOf).toList());
                });

        var link = stats(pod).getLinux().getNetwork().getDefaultInterface();
        assertThat(link.getName()).isEqualTo("eth0");
        assertThat(link.getTxBytes().getValue()).isPositive();
    }

    private static List<Long> counters(LinuxPodSandboxStats stats) {
        var link = stats.getNetwork().getDefaultInterface();
        return List.of(
                link.getRxBytes().getValue(),
                link.getRxErrors().getValue(),
                link.getTxBytes().getValue(),
                link.getTxErrors().getValue());
    }

    @Test
    void shouldTellContainersAndProcesses() throws Exception {
        var config = pod(daemon, "many").putLabels("app", "many").putAnnotations("note", "x");
        var pod = run(daemon, config);
        var first =
                createAndStart(daemon, pod, container("a", "sh", "-c", "sleep 600 & sleep 600"));
        var second = createAndStart(daemon, pod, container("b", "sleep", "600"));
        var ended = createAndStart(daemon, pod, container("c", "true"));
        Requests.awaitExit(daemon, ended);

        Eventually.equal(3L, () -> stats(pod).getLinux().getProcess().getProcessCount().getValue());

        var stats = stats(pod);
        assertThat(stats.getAttributes())
                .isEqualTo(
                        PodSandboxAttributes.newBuilder()
                                .setId(pod)
                                .setMetadata(config.getMetadata())
                                .putLabels("app", "many")
                                .putAnnotations("note", "x")
                                .build());
        assertThat(stats.getLinux().getContainersList())
                .extracting(ContainerStats::getAttributes)
                .extracting(ContainerAttributes::getId)
                .containsExactlyInAnyOrder(first, second);
        assertThat(stats.getLinux().getContainersList())
                .allMatch(container -> container.getCpu().hasUsageCoreNanoSeconds())
                .allMatch(ContainerStats::hasWritableLayer);
        assertThat(stats.hasWindows()).isFalse();
    }

    @Test
    void shouldListReadyPodsThatTheFilterWants() throws Exception {
        var web = run(daemon, pod(daemon, "web").putLabels("app", "web"));
        var db = run(daemon, pod(daemon, "db").putLabels("app", "db"));
        var stopped = run(daemon, pod(daemon, "old").putLabels("app", "web"));
        daemon.runtime()
                .stopPodSandbox(
                        StopPodSandboxRequest.newBuilder().setPodSandboxId(stopped).build());

        assertThat(listed(PodSandboxStatsFilter.newBuilder())).containsExactlyInAnyOrder(web, db);
        assertThat(listed(PodSandboxStatsFilter.newBuilder().setId(db))).containsExactly(db);
        assertThat(listed(PodSandboxStatsFilter.newBuilder().putLabelSelector("app", "web")))
                .containsExactly(web);
        assertThat(
                        listed(
                                PodSandboxStatsFilter.newBuilder()
                                        .setId(db)
                                        .putLabelSelector("app", "web")))
                .isEmpty();

        var streamed = new ArrayList<String>();
        daemon.runtime()
                .streamPodSandboxStats(StreamPodSandboxStatsRequest.getDefaultInstance())
                .forEachRemaining(message ->
                        message.getPodSandboxStatsList()
                                .forEach(one -> streamed.add(one.getAttributes().getId())));
        assertThat(streamed).containsExactlyInAnyOrder(web, db);
        assertThat(refusal(() -> stats(stopped)))
                .isEqualTo(
                        "FAILED_PRECONDITION: pod sandbox %s is not ready: it uses nothing"
                                .formatted(stopped));
        assertThat(refusal(() -> stats("nowhere")))
                .isEqualTo("NOT_FOUND: there is no pod sandbox nowhere");
    }

    private static String refusal(Runnable call) {
        var refused = catchThrowableOfType(StatusRuntimeException.class, call::run);
        return refused.getStatus().getCode() + ": " + refused.getStatus().getDescription();
    }

    @Test
    void shouldTellNoTrafficOfPodsOnTheNodesNetwork() throws Exception {
        var config = pod(daemon, "host");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setNetwork(NamespaceMode.NODE);

        var stats = stats(run(daemon, config)).getLinux();

        assertThat(stats.hasNetwork()).isFalse();
        assertThat(stats.getProcess().getProcessCount().getValue()).isZero();
    }

    @Test
    void shouldTakeTheRangeThatThePodsHaveAndNoOther() {
        var subnet = daemon.gateway().replaceAll("1$", "0/24");

        update(subnet);
        update("");

        assertThat(refusal(() -> update("10.244.1.0/24")))
                .isEqualTo(
                        Status.Code.FAILED_PRECONDITION
                                + ": pod_cidr 10.244.1.0/24 is not the built-in network's range "
                                + subnet
                                + ", which cannot change while the daemon runs: set network.subnet"
                                + " in its configuration");
        assertThat(refusal(() -> update("everywhere")))
                .isEqualTo("INVALID_ARGUMENT: pod_cidr: \"everywhere\" is not ADDRESS/LENGTH");
    }

    private static void update(String range) {
        daemon.runtime()
                .updateRuntimeConfig(
                        UpdateRuntimeConfigRequest.newBuilder()
                                .setRuntimeConfig(
                                        RuntimeConfig.newBuilder()
                                                .setNetworkConfig(
                                                        NetworkConfig.newBuilder()
                                                                .setPodCidr(range)))
                                .build());
    }
}
