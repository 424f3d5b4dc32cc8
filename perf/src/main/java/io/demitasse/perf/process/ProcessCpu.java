package io.demitasse.perf.process;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The CPU meter for a runtime without a cgroup of its own: sums over {@code /proc}.
 *
 * <p>The daemon's part is exact, with the children that it waited for, in ticks of 10 ms. A shim
 * that init reaps takes its figure with it, so shims and workloads are read while their container
 * runs, at each {@link #observe}: what they use afterwards, to stop, is missed, and so is a process
 * that comes and goes between.
 */
public final class ProcessCpu implements CpuMeter {
    /** A pid is used again; with its start time it is not. */
    private record Identity(int pid, long startTicks) {}

    private final ProcFiles files;
    private final int runtime;
    private final List<String> workload;
    private final Map<Identity, Duration> seen = new ConcurrentHashMap<>();

    /** Meters the runtime {@code pid}, whose containers run {@code workload}. */
    public ProcessCpu(ProcFiles files, int pid, List<String> workload) {
        this.files = files;
        this.runtime = pid;
        this.workload = List.copyOf(workload);
    }

    @Override
    public Duration used() {
        var processes = files.processes();
        var parts = RuntimeProcesses.of(processes, runtime, Set.of());
        long ticks =
                processes.values().stream()
                        .filter(process -> parts.daemon().contains(process.pid()))
                        .mapToLong(process -> process.ownTicks() + process.reapedTicks())
                        .sum();
        return seen.values().stream().reduce(ProcessStat.TICK.multipliedBy(ticks), Duration::plus);
    }

    @Override
    public void observe() {
        var processes = files.processes();
        var workloads = files.withArguments(processes.keySet(), workload);
        var parts = RuntimeProcesses.of(processes, runtime, workloads);
        for (var process : processes.values()) {
            if (parts.shims().contains(process.pid()) || workloads.contains(process.pid())) {
                seen.put(
                        new Identity(process.pid(), process.startTicks()),
                        files.threadTime(process.pid()));
            }
        }
    }

    @Override
    public String source() {
        return "/proc of "
                + runtime
                + " and its children, of shims and workloads until their stop: a lower bound";
    }
}
