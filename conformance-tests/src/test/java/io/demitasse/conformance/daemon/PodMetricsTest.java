package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.cri.v1.ContainerMetrics;
import io.demitasse.cri.v1.ListMetricDescriptorsRequest;
import io.demitasse.cri.v1.ListPodSandboxMetricsRequest;
import io.demitasse.cri.v1.Metric;
import io.demitasse.cri.v1.MetricDescriptor;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.PodSandboxMetrics;
import io.demitasse.cri.v1.PodSandboxStatsRequest;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import io.demitasse.cri.v1.StreamPodSandboxMetricsRequest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The figures that a kubelet shows in cAdvisor's place. */
@Timeout(120)
class PodMetricsTest {
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

    private static List<PodSandboxMetrics> list() {
        return daemon.runtime()
                .listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance())
                .getPodMetricsList();
    }

    private static PodSandboxMetrics metrics(String pod) {
        return list().stream()
                .filter(each -> each.getPodSandboxId().equals(pod))
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, MetricDescriptor> descriptors() {
        return daemon
                .runtime()
                .listMetricDescriptors(ListMetricDescriptorsRequest.getDefaultInstance())
                .getDescriptorsList()
                .stream()
                .collect(Collectors.toMap(MetricDescriptor::getName, each -> each));
    }

    private static long value(List<Metric> metrics, String name) {
        return metrics.stream()
                .filter(metric -> metric.getName().equals(name))
                .mapToLong(metric -> metric.getValue().getValue())
                .findFirst()
                .orElseThrow();
    }

    /** Or the kubelet, which registers them once, refuses each of them for ever. */
    @Test
    void shouldDescribeEachMetricOnceAndWithAllItsLabels() throws Exception {
        var pod = run(daemon, pod(daemon, "web"));
        createAndStart(daemon, pod, container("a", "sleep", "600"));

        var descriptors = descriptors();
        var told = metrics(pod);

        assertThat(told.getMetricsList()).hasSize(8);
        var all =
                Stream.concat(
                        told.getMetricsList().stream(),
                        told.getContainerMetrics(0).getMetricsList().stream());
        assertThat(all)
                .allMatch(metric -> metric.getTimestamp() == 0) // read just now
                .allSatisfy(metric ->
                        assertThat(descriptors)
                                .extractingByKey(metric.getName())
                                .extracting(MetricDescriptor::getLabelKeysCount)
                                .isEqualTo(metric.getLabelValuesCount()));
        assertThat(descriptors.values()).noneMatch(each -> each.getHelp().isEmpty());
    }

    @Test
    void shouldTellWhatAContainerUses() throws Exception {
        long before = Instant.now().getEpochSecond();
        var pod = run(daemon, pod(daemon, "busy"));
        var script = "dd if=/dev/zero of=/file bs=1M count=8; while :; do :; done & sleep 600";
        var config = container("a", "sh", "-c", script);
        var id = createAndStart(daemon, pod, config);
        createAndStart(daemon, pod, container("ended", "true"));

        Eventually.equal(
                true,
                () ->
                        value(of(pod), "container_cpu_usage_seconds_total") >= 1
                                && value(of(pod), "container_fs_usage_bytes") >= 8 << 20);

        var told = metrics(pod).getContainerMetricsList();
        assertThat(told).extracting(ContainerMetrics::getContainerId).containsExactly(id);
        var metrics = told.getFirst().getMetricsList();
        assertThat(metrics.getFirst().getLabelValuesList())
                .containsExactly(
                        "busy", "default", "a", id, config.getImage().getUserSpecifiedImage());
        assertThat(value(metrics, "container_processes")).isEqualTo(2);
        assertThat(value(metrics, "container_start_time_seconds"))
                .isBetween(before, value(metrics, "container_last_seen"));
        assertThat(metrics).noneMatch(each -> each.getName().startsWith("container_spec_memory"));
    }

    private static List<Metric> of(String pod) {
        return metrics(pod).getContainerMetrics(0).getMetricsList();
    }

    @Test
    void shouldTellTrafficAsStatisticsDo() throws Exception {
        var pod = run(daemon, pod(daemon, "net"));
        var id = createAndStart(daemon, pod, container("a", "sleep", "600"));
        var ping = exec(daemon, id, "ping", "-c", "5", "-s", "1000", daemon.gateway());
        assertThat(ping.getExitCode()).as(ping.getStdout().toStringUtf8()).isZero();

        // until nothing was on its way while we looked
        Eventually.equal(
                true,
                () ->
                        value(
                                        metrics(pod).getMetricsList(),
                                        "container_network_transmit_bytes_total")
                                == statistics(pod));

        var metrics = metrics(pod).getMetricsList();
        assertThat(value(metrics, "container_network_transmit_packets_total")).isPositive();
        assertThat(metrics.getFirst().getLabelValuesList())
                .containsExactly("net", "default", "", pod, "", "eth0");
    }

    private static long statistics(String pod) {
        return daemon.runtime()
                .podSandboxStats(PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod).build())
                .getStats()
                .getLinux()
                .getNetwork()
                .getDefaultInterface()
                .getTxBytes()
                .getValue();
    }

    @Test
    void shouldTellOfReadyPodsOnly() throws Exception {
        var host = pod(daemon, "host");
        host.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setNetwork(NamespaceMode.NODE);
        var web = run(daemon, pod(daemon, "web"));
        var node = run(daemon, host);
        var stopped = run(daemon, pod(daemon, "old"));
        daemon.runtime()
                .stopPodSandbox(
                        StopPodSandboxRequest.newBuilder().setPodSandboxId(stopped).build());

        assertThat(list())
                .extracting(PodSandboxMetrics::getPodSandboxId)
                .containsExactlyInAnyOrder(web, node);
        assertThat(metrics(node).getMetricsList()).isEmpty();
        var streamed = new ArrayList<String>();
        daemon.runtime()
                .streamPodSandboxMetrics(StreamPodSandboxMetricsRequest.getDefaultInstance())
                .forEachRemaining(message ->
                        message.getPodSandboxMetricsList()
                                .forEach(one -> streamed.add(one.getPodSandboxId())));
        assertThat(streamed).containsExactlyInAnyOrder(web, node);
    }
}
