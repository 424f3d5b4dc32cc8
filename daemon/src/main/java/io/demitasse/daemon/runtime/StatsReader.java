package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ContainerAttributes;
import io.demitasse.cri.v1.ContainerStats;
import io.demitasse.cri.v1.CpuUsage;
import io.demitasse.cri.v1.FilesystemIdentifier;
import io.demitasse.cri.v1.FilesystemUsage;
import io.demitasse.cri.v1.MemoryUsage;
import io.demitasse.cri.v1.UInt64Value;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
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
            var used = meter(container);
            if (used.isPresent()) {
                stats.setCpu(cpu(used.get(), now));
                used.get().memory().ifPresent(memory -> stats.setMemory(memory(memory, now)));
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

    private Optional<CgroupStats> meter(Container container) throws SyscallException {
        try (var cgroup =
                        Cgroup.open(placement.container(container.pod().record(), container.id()));
                var meter = CgroupMeter.open(cgroup)) {
            return Optional.of(meter.read());
        } catch (SyscallException failure) {
            if (failure.is(Errno.ENOENT) || failure.is(Errno.ENODEV)) {
                return Optional.empty(); // it ended while we looked
            }
            throw failure;
        }
    }

    private static CpuUsage cpu(CgroupStats stats, long now) {
        return CpuUsage.newBuilder()
                .setTimestamp(now)
                .setUsageCoreNanoSeconds(value(stats.cpu().usageMicros() * 1_000))
                .build();
    }

    private static MemoryUsage memory(CgroupStats.Memory memory, long now) {
        return MemoryUsage.newBuilder()
                .setTimestamp(now)
                .setWorkingSetBytes(value(memory.workingSetBytes()))
                .setUsageBytes(value(memory.currentBytes()))
                .build();
    }

    private static UInt64Value value(long value) {
        return UInt64Value.newBuilder().setValue(value).build();
    }
}
