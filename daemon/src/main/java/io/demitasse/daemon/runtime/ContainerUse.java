package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.LinuxContainerResources;
import io.demitasse.linux.cgroup.CgroupStats;
import java.time.Instant;

/**
 * What a running container uses, and what it may use.
 *
 * @param processes without those in groups of its own making
 * @param writtenBytes what its writable layer takes
 */
record ContainerUse(
        Instant at,
        Instant startedAt,
        CgroupStats cgroup,
        int processes,
        long writtenBytes,
        LinuxContainerResources limits) {}
