package io.demitasse.linux.cgroup;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a group used, as far as its controllers count it; processor time is always counted.
 *
 * <p>All numbers are totals since the group was made, but for the memory in use and the pids.
 */
public record CgroupStats(Cpu cpu, Optional<Memory> memory, OptionalLong pids) {
    /** From cpu.stat; the throttling numbers are 0 without the cpu controller. */
    public record Cpu(
            long usageMicros,
            long userMicros,
            long systemMicros,
            long periods,
            long throttledPeriods,
            long throttledMicros) {}

    /** From memory.current, memory.stat, memory.events and memory.swap.current. */
    public record Memory(
            long currentBytes,
            long anonBytes,
            long fileBytes,
            long kernelBytes,
            long mappedFileBytes,
            long inactiveFileBytes,
            long activeFileBytes,
            long pageFaults,
            long majorPageFaults,
            long oomEvents,
            long oomKills,
            OptionalLong swapBytes) {
        /** {@return what could not be given back at once, as the kubelet counts it} */
        public long workingSetBytes() {
            return Math.max(0, currentBytes - inactiveFileBytes);
        }
    }
}
