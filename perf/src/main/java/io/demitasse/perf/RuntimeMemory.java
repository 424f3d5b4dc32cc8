package io.demitasse.perf;

import io.demitasse.perf.process.MemoryRollup;
import io.demitasse.perf.process.ProcFiles;
import io.demitasse.perf.process.RuntimeProcesses;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a runtime has in memory, its workloads excepted.
 *
 * @param daemon the runtime's own process
 * @param processes the runtime, its helpers, shims and infra containers
 * @param availableBytes MemAvailable of the machine, which sees kernel memory too, and neighbours
 */
public record RuntimeMemory(int daemon, Map<Integer, MemoryRollup> processes, long availableBytes) {
    /** Copies. */
    public RuntimeMemory {
        processes = Map.copyOf(processes);
    }

    /** {@return the memory of the runtime {@code pid}, whose containers run {@code workload}} */
    public static RuntimeMemory now(ProcFiles files, int pid, List<String> workload) {
        var processes = files.processes();
        var workloads = files.withArguments(processes.keySet(), workload);
        var parts = RuntimeProcesses.of(processes, pid, workloads);
        return new RuntimeMemory(
                pid,
                parts.all().stream().collect(Collectors.toMap(each -> each, files::memory)),
                files.machineMemoryBytes("MemAvailable"));
    }

    /** {@return the resident set size of the runtime's own process} */
    public long residentBytes() {
        return processes.getOrDefault(daemon, MemoryRollup.NONE).residentBytes();
    }

    /** {@return the proportional set size of all} */
    public long proportionalBytes() {
        return proportionalBytes(processes.keySet());
    }

    /** {@return the proportional set size of those of {@code pids} that are here} */
    public long proportionalBytes(Set<Integer> pids) {
        return processes.entrySet().stream()
                .filter(entry -> pids.contains(entry.getKey()))
                .mapToLong(entry -> entry.getValue().proportionalBytes())
                .sum();
    }
}
