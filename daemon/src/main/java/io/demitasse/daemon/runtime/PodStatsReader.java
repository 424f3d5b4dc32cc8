package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.LinuxPodSandboxStats;
import io.demitasse.cri.v1.NetworkInterfaceUsage;
import io.demitasse.cri.v1.NetworkUsage;
import io.demitasse.cri.v1.PodSandboxAttributes;
import io.demitasse.cri.v1.PodSandboxStats;
import io.demitasse.cri.v1.ProcessUsage;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.sandbox.Sandboxes;
import io.demitasse.sandbox.network.Traffic;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Collection;

/**
 * Reads what a pod uses: its cgroup, its link and its running containers. Enters no namespace and
 * asks no process.
 */
public final class PodStatsReader {
    private final StatsReader containers;
    private final CgroupPlacement placement;
    private final Sandboxes sandboxes;
    private final InstantSource clock;

    /** Reads pods placed there. */
    public PodStatsReader(
            StatsReader containers,
            CgroupPlacement placement,
            Sandboxes sandboxes,
            InstantSource clock) {
        this.containers = containers;
        this.placement = placement;
        this.sandboxes = sandboxes;
        this.clock = clock;
    }

    /** Has what their containers wrote counted again where that was long ago, within a moment. */
    void refresh(Collection<Pod> pods) throws InterruptedException {
        containers.refreshRunning(pods);
    }

    /** {@return what it uses; the parts that no controller accounts for on this node are absent} */
    PodSandboxStats read(Pod pod) throws IOException {
        var config = pod.record().getConfig();
        return PodSandboxStats.newBuilder()
                .setAttributes(
                        PodSandboxAttributes.newBuilder()
                                .setId(pod.id())
                                .setMetadata(config.getMetadata())
                                .putAllLabels(config.getLabelsMap())
                                .putAllAnnotations(config.getAnnotationsMap()))
                .setLinux(linux(pod))
                .build();
    }

    private LinuxPodSandboxStats linux(Pod pod) throws IOException {
        long now = Timestamps.nanos(clock.instant());
        var stats = LinuxPodSandboxStats.newBuilder();
        var used = StatsReader.meter(placement.pod(pod.record()));
        if (used.isPresent()) {
            var cpu = StatsReader.cpu(used.get(), now).toBuilder();
            pod.cpuRate()
                    .look(now, cpu.getUsageCoreNanoSeconds().getValue())
                    .ifPresent(rate -> cpu.setUsageNanoCores(StatsReader.value(rate)));
            stats.setCpu(cpu);
            long limit = pod.record().getConfig().getLinux().getResources().getMemoryLimitInBytes();
            used.get()
                    .memory()
                    .ifPresent(memory -> stats.setMemory(StatsReader.memory(memory, limit, now)));
        }
        sandboxes.traffic(pod.id()).ifPresent(traffic -> stats.setNetwork(network(traffic, now)));
        long processes = 0;
        for (var container : StatsReader.running(pod)) {
            stats.addContainers(containers.read(container));
            processes += containers.processes(container);
        }
        return stats.setProcess(
                        ProcessUsage.newBuilder()
                                .setTimestamp(now)
                                .setProcessCount(StatsReader.value(processes)))
                .build();
    }

    private static NetworkUsage network(Traffic traffic, long now) {
        var received = traffic.counters().received();
        var sent = traffic.counters().sent();
        var link =
                NetworkInterfaceUsage.newBuilder()
                        .setName(traffic.link())
                        .setRxBytes(StatsReader.value(received.bytes()))
                        .setRxErrors(StatsReader.value(received.errors()))
                        .setTxBytes(StatsReader.value(sent.bytes()))
                        .setTxErrors(StatsReader.value(sent.errors()));
        return NetworkUsage.newBuilder().setTimestamp(now).setDefaultInterface(link).build();
    }
}
