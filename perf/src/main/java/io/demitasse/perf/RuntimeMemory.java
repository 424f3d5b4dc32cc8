package io.demitasse.perf;

import io.demitasse.perf.process.MemoryRollup;
import io.demitasse.perf.process.ProcFiles;
import io.demitasse.perf.process.RuntimeProcesses;
import java.util.List;
import java.util.Set;

/**
 * What a runtime has in memory, its workloads excepted.
 *
 * @param daemon the daemon with its helpers
 * @param shims shims and infra containers, all pods together
 * @param processes how many processes that is
 * @param availableBytes MemAvailable of the machine, which sees kernel memory too, and neighbours
 */
public record RuntimeMemory(
        MemoryRollup daemon, MemoryRollup shims, int processes, long availableBytes) {
    /** {@return the memory of the runtime {@code pid}, whose containers run {@code workload}} */
    public static RuntimeMemory now(ProcFiles files, int pid, List<String> workload) {
        var processes = files.processes();
        var workloads = files.withArguments(processes.keySet(), workload);
        var parts = RuntimeProcesses.of(processes, pid, workloads);
        return new RuntimeMemory(
                sum(files, parts.daemon()),
                sum(files, parts.shims()),
                parts.all().size(),
                files.machineMemoryBytes("MemAvailable"));
    }

    /** {@return the proportional set size of all} */
    public long proportionalBytes() {
        return daemon.proportionalBytes() + shims.proportionalBytes();
    }

    private static MemoryRollup sum(ProcFiles files, Set<Integer> pids) {
        return pids.stream().map(files::memory).reduce(MemoryRollup.NONE, MemoryRollup::plus);
    }
}
