package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ContainerAttributes;
import io.demitasse.cri.v1.ContainerStats;
import io.demitasse.cri.v1.CpuUsage;
import io.demitasse.cri.v1.FilesystemIdentifier;
import io.demitasse.cri.v1.FilesystemUsage;
import io.demitasse.cri.v1.MemoryUsage;
import io.demitasse.cri.v1.SwapUsage;
import io.demitasse.cri.v1.UInt64Value;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.cgroup.Cgroup;
import io.demitasse.linux.cgroup.CgroupMeter;
import io.demitasse.linux.cgroup.CgroupStats;
import io.demitasse.storage.overlay.Snapshots;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Reads what a container uses, from its cgroup and its writable layer; never asks a shim. */
public final class StatsReader {
    /** Who asks for figures would rather have somewhat older ones than none. */
    private static final Duration PATIENCE = Duration.ofMillis(300);

    private final CgroupPlacement placement;
    private final Snapshots snapshots;
    private final Path mountpoint;
    private final InstantSource clock;

    /** Reads containers placed there, whose writable layers are below {@code mountpoint}. */
    public StatsReader(
            CgroupPlacement placement, Snapshots snapshots, Path mountpoint, InstantSource clock) {
        this.placement = placement;
        this.snapshots = snapshots;
        this.mountpoint = mountpoint;
        this.clock = clock;
    }

    /** Has what these wrote counted again where that was long ago, within a moment. */
    public void refresh(Collection<Container> containers) throws InterruptedException {
        snapshots.measure(containers.stream().map(Container::id).toList(), PATIENCE);
    }

    /** The same for all running containers of pods. */
    void refreshRunning(Collection<Pod> pods) throws InterruptedException {
        refresh(pods.stream().flatMap(pod -> running(pod).stream()).toList());
    }

    static List<Container> running(Pod pod) {
        return pod.containers().stream()
                .filter(container -> container.state() instanceof ContainerState.Running)
                .toList();
    }

    /** {@return what it uses; the parts that no controller accounts for on this node are absent} */
    public ContainerStats read(Container container) throws IOException {
        long now = Timestamps.nanos(clock.instant());
        var config = container.record().getConfig();
        var stats =
                ContainerStats.newBuilder()
                        .setAttributes(
                                ContainerAttributes.newBuilder()
                                        .setId(container.id())
                                        .setMetadata(config.getMetadata())
                                        .putAllLabels(config.getLabelsMap())
                                        .putAllAnnotations(config.getAnnotationsMap()));
        if (container.state() instanceof ContainerState.Running) {
            var used = meter(cgroup(container));
            if (used.isPresent()) {
                stats.setCpu(cpu(used.get(), now));
                long limit = config.getLinux().getResources().getMemoryLimitInBytes();
                used.get()
                        .memory()
                        .ifPresent(memory -> {
                            stats.setMemory(memory(memory, limit, now));
                            swap(memory, now).ifPresent(stats::setSwap);
                        });
            }
        }
        var written = snapshots.usage(container.id());
        var layer = written.usage();
        return stats.setWritableLayer(
                        FilesystemUsage.newBuilder()
                                .setTimestamp(Timestamps.nanos(written.at()))
                                .setFsId(
                                        FilesystemIdentifier.newBuilder()
                                                .setMountpoint(mountpoint.toString()))
                                .setUsedBytes(value(layer.bytes()))
                                .setInodesUsed(value(layer.inodes())))
                .build();
    }

    /** {@return what it uses and may use, unless it does not run; written is as last counted} */
    Optional<ContainerUse> use(Container container) throws SyscallException {
        if (!(container.state() instanceof ContainerState.Running(var startedAt, _))) {
            return Optional.empty();
        }
        var used = meter(cgroup(container));
        if (used.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new ContainerUse(
                        clock.instant(),
                        startedAt,
                        used.get(),
                        processes(container),
                        snapshots.usage(container.id()).usage().bytes(),
                        container.record().getConfig().getLinux().getResources()));
    }

    private Path cgroup(Container container) {
        return placement.container(container.pod().record(), container.id());
    }

    /** {@return how many processes a container has, without those in groups of its own making} */
    int processes(Container container) throws SyscallException {
        try (var cgroup = Cgroup.open(cgroup(container))) {
            return cgroup.pids().size();
        } catch (SyscallException failure) {
            if (isGone(failure)) {
                return 0;
            }
            throw failure;
        }
    }

    /** {@return what a group used, if it is there} */
    static Optional<CgroupStats> meter(Path path) throws SyscallException {
        try (var cgroup = Cgroup.open(path);
                var meter = CgroupMeter.open(cgroup)) {
            return Optional.of(meter.read());
        } catch (SyscallException failure) {
            if (isGone(failure)) {
                return Optional.empty();
            }
            throw failure;
        }
    }

    /** It ended while we looked. */
    private static boolean isGone(SyscallException failure) {
        return failure.is(Errno.ENOENT) || failure.is(Errno.ENODEV);
    }

    static CpuUsage cpu(CgroupStats stats, long now) {
        return CpuUsage.newBuilder()
                .setTimestamp(now)
                .setUsageCoreNanoSeconds(value(stats.cpu().usageMicros() * 1_000))
                .build();
    }

    /** What is available is known where there is a limit; 0 is none. */
    static MemoryUsage memory(CgroupStats.Memory memory, long limit, long now) {
        var usage =
                MemoryUsage.newBuilder()
                        .setTimestamp(now)
                        .setWorkingSetBytes(value(memory.workingSetBytes()))
                        .setUsageBytes(value(memory.currentBytes()))
                        .setRssBytes(value(memory.anonBytes()))
                        .setPageFaults(value(memory.pageFaults()))
                        .setMajorPageFaults(value(memory.majorPageFaults()));
        if (limit > 0) {
            usage.setAvailableBytes(value(Math.max(0, limit - memory.workingSetBytes())));
        }
        return usage.build();
    }

    private static Optional<SwapUsage> swap(CgroupStats.Memory memory, long now) {
        return memory.swapBytes().isEmpty()
                ? Optional.empty()
                : Optional.of(
                        SwapUsage.newBuilder()
                                .setTimestamp(now)
                                .setSwapUsageBytes(value(memory.swapBytes().getAsLong()))
                                .build());
    }

    static UInt64Value value(long value) {
        return UInt64Value.newBuilder().setValue(value).build();
    }
}
