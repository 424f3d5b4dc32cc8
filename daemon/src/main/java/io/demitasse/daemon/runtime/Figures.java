package io.demitasse.daemon.runtime;

import static io.demitasse.cri.v1.MetricType.COUNTER;
import static io.demitasse.cri.v1.MetricType.GAUGE;

import io.demitasse.cri.v1.MetricDescriptor;
import io.demitasse.cri.v1.MetricType;
import io.demitasse.linux.cgroup.CgroupStats;
import io.demitasse.linux.netlink.LinkCounters;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * The figures that a kubelet shows below {@code /metrics/cadvisor} if it asks the runtime for them:
 * with the names that cAdvisor has for them, so that dashboards and alerts go on.
 *
 * @see <a
 *     href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/2371-cri-pod-container-stats">KEP-2371</a>
 */
final class Figures {
    private static final List<String> CONTAINER_LABELS =
            List.of("pod", "namespace", "container", "id", "image");
    private static final List<String> LINK_LABELS =
            Stream.concat(CONTAINER_LABELS.stream(), Stream.of("interface")).toList();

    /** Of a container; label values are its pod, the pod's namespace, its name, id and image. */
    static final List<Figure<ContainerUse>> OF_CONTAINER =
            List.of(
                    of(
                            "container_last_seen",
                            "When the container was last seen, in seconds since 1970.",
                            GAUGE,
                            use -> use.at().getEpochSecond()),
                    of(
                            "container_start_time_seconds",
                            "When the container was started, in seconds since 1970.",
                            GAUGE,
                            use -> use.startedAt().getEpochSecond()),
                    of(
                            "container_cpu_usage_seconds_total",
                            "Processor time, in whole seconds.",
                            COUNTER,
                            use -> seconds(use.cgroup().cpu().usageMicros())),
                    of(
                            "container_cpu_user_seconds_total",
                            "Processor time in user mode, in whole seconds.",
                            COUNTER,
                            use -> seconds(use.cgroup().cpu().userMicros())),
                    of(
                            "container_cpu_system_seconds_total",
                            "Processor time in the kernel, in whole seconds.",
                            COUNTER,
                            use -> seconds(use.cgroup().cpu().systemMicros())),
                    of(
                            "container_cpu_cfs_periods_total",
                            "Periods of the processor time limit that have elapsed.",
                            COUNTER,
                            use -> use.cgroup().cpu().periods()),
                    of(
                            "container_cpu_cfs_throttled_periods_total",
                            "Periods in which the container was throttled.",
                            COUNTER,
                            use -> use.cgroup().cpu().throttledPeriods()),
                    of(
                            "container_cpu_cfs_throttled_seconds_total",
                            "How long the container was throttled, in whole seconds.",
                            COUNTER,
                            use -> seconds(use.cgroup().cpu().throttledMicros())),
                    memory(
                            "container_memory_usage_bytes",
                            "Memory in use, caches included.",
                            GAUGE,
                            CgroupStats.Memory::currentBytes),
                    memory(
                            "container_memory_working_set_bytes",
                            "Memory in use that could not be given back at once.",
                            GAUGE,
                            CgroupStats.Memory::workingSetBytes),
                    memory(
                            "container_memory_rss",
                            "Anonymous memory.",
                            GAUGE,
                            CgroupStats.Memory::anonBytes),
                    memory(
                            "container_memory_cache",
                            "Memory that caches files, tmpfs included.",
                            GAUGE,
                            CgroupStats.Memory::fileBytes),
                    memory(
                            "container_memory_mapped_file",
                            "Memory of files that are mapped.",
                            GAUGE,
                            CgroupStats.Memory::mappedFileBytes),
                    memory(
                            "container_memory_kernel_usage",
                            "Memory that the kernel uses for the container.",
                            GAUGE,
                            CgroupStats.Memory::kernelBytes),
                    memory(
                            "container_memory_total_active_file_bytes",
                            "Memory that caches files in active use.",
                            GAUGE,
                            CgroupStats.Memory::activeFileBytes),
                    memory(
                            "container_memory_total_inactive_file_bytes",
                            "Memory that caches files not in active use.",
                            GAUGE,
                            CgroupStats.Memory::inactiveFileBytes),
                    new Figure<>(
                            "container_memory_swap",
                            "Memory that was swapped out.",
                            GAUGE,
                            Collections.emptySortedMap(),
                            use ->
                                    use.cgroup()
                                            .memory()
                                            .map(CgroupStats.Memory::swapBytes)
                                            .orElse(OptionalLong.empty())),
                    pageFaults("pgfault", CgroupStats.Memory::pageFaults),
                    pageFaults("pgmajfault", CgroupStats.Memory::majorPageFaults),
                    memory(
                            "container_oom_events_total",
                            "Processes killed because the memory limit was reached.",
                            COUNTER,
                            CgroupStats.Memory::oomKills),
                    of(
                            "container_fs_usage_bytes",
                            "What the container's writable layer takes.",
                            GAUGE,
                            ContainerUse::writtenBytes),
                    of(
                            "container_processes",
                            "Processes in the container.",
                            GAUGE,
                            ContainerUse::processes),
                    new Figure<>(
                            "container_threads",
                            "Threads in the container.",
                            GAUGE,
                            Collections.emptySortedMap(),
                            use -> use.cgroup().pids()),
                    limit(
                            "container_spec_cpu_period",
                            "Period of the processor time limit, in microseconds.",
                            use -> use.limits().getCpuPeriod()),
                    limit(
                            "container_spec_cpu_quota",
                            "Processor time limit per period, in microseconds.",
                            use -> use.limits().getCpuQuota()),
                    limit(
                            "container_spec_cpu_shares",
                            "Weight of the container when processors are scarce.",
                            use -> use.limits().getCpuShares()),
                    limit(
                            "container_spec_memory_limit_bytes",
                            "Memory limit.",
                            use -> use.limits().getMemoryLimitInBytes()),
                    limit(
                            "container_spec_memory_swap_limit_bytes",
                            "Limit of memory and swap together.",
                            use -> use.limits().getMemorySwapLimitInBytes()));

    /**
     * Of a pod's link; label values are as a container's, with no name and no image, and the link.
     */
    static final List<Figure<LinkCounters>> OF_LINK =
            Stream.of(
                            link("receive", "received", LinkCounters::received),
                            link("transmit", "sent", LinkCounters::sent))
                    .flatMap(List::stream)
                    .toList();

    private Figures() {}

    /** {@return what all of them are; none twice} */
    static List<MetricDescriptor> descriptors() {
        return Stream.concat(
                        OF_CONTAINER.stream().map(each -> each.descriptor(CONTAINER_LABELS)),
                        OF_LINK.stream().map(each -> each.descriptor(LINK_LABELS)))
                .distinct()
                .toList();
    }

    private static <T> Figure<T> of(
            String name, String help, MetricType type, ToLongFunction<T> value) {
        return new Figure<>(
                name,
                help,
                type,
                Collections.emptySortedMap(),
                use -> OptionalLong.of(value.applyAsLong(use)));
    }

    private static OptionalLong ofMemory(
            ContainerUse use, ToLongFunction<CgroupStats.Memory> value) {
        return use.cgroup().memory().stream().mapToLong(value).findFirst();
    }

    private static Figure<ContainerUse> memory(
            String name, String help, MetricType type, ToLongFunction<CgroupStats.Memory> value) {
        return new Figure<>(
                name, help, type, Collections.emptySortedMap(), use -> ofMemory(use, value));
    }

    private static Figure<ContainerUse> pageFaults(
            String kind, ToLongFunction<CgroupStats.Memory> value) {
        return new Figure<>(
                "container_memory_failures_total",
                "Page faults; major ones had to wait for a device.",
                COUNTER,
                new TreeMap<>(Map.of("failure_type", kind, "scope", "container")),
                use -> ofMemory(use, value));
    }

    /** A limit that is 0 or less is none. */
    private static Figure<ContainerUse> limit(
            String name, String help, ToLongFunction<ContainerUse> value) {
        return new Figure<>(
                name,
                help,
                GAUGE,
                Collections.emptySortedMap(),
                use -> {
                    long limit = value.applyAsLong(use);
                    return limit > 0 ? OptionalLong.of(limit) : OptionalLong.empty();
                });
    }

    private static List<Figure<LinkCounters>> link(
            String way, String verb, Function<LinkCounters, LinkCounters.Direction> direction) {
        var name = "container_network_" + way + "_";
        return List.of(
                of(
                        name + "bytes_total",
                        "Bytes " + verb + ".",
                        COUNTER,
                        counters -> direction.apply(counters).bytes()),
                of(
                        name + "packets_total",
                        "Packets " + verb + ".",
                        COUNTER,
                        counters -> direction.apply(counters).packets()),
                of(
                        name + "errors_total",
                        "Packets that could not be " + verb + ".",
                        COUNTER,
                        counters -> direction.apply(counters).errors()),
                of(
                        name + "packets_dropped_total",
                        "Packets dropped instead of being " + verb + ".",
                        COUNTER,
                        counters -> direction.apply(counters).drops()));
    }

    private static long seconds(long micros) {
        return TimeUnit.MICROSECONDS.toSeconds(micros);
    }
}
