package io.demitasse.perf.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The CPU meter that misses nothing: the kernel's sum over a cgroup, removed children included.
 *
 * <p>Reads {@code cpu.stat} of cgroup v2, which is there without the cpu controller too, or {@code
 * cpuacct.usage} of v1. A daemon that stands outside of the cgroup of its pods, with those of its
 * helpers that do, is added from {@code /proc} in ticks of 10 ms.
 */
public final class CgroupCpu implements CpuMeter {
    private static final String USAGE = "usage_usec ";

    private final Path file;
    private final ProcFiles files;
    private final int runtime;

    private CgroupCpu(Path file, ProcFiles files, int pid) {
        this.file = file;
        this.files = files;
        this.runtime = pid;
    }

    /**
     * Meters one cgroup, and the runtime {@code pid} as far as it is not in there.
     *
     * @throws IOException if the directory is none
     */
    public static CgroupCpu of(Path cgroup, ProcFiles files, int pid) throws IOException {
        for (String name : List.of("cpu.stat", "cpuacct.usage")) {
            var file = cgroup.resolve(name);
            // cgroup v1 has a cpu.stat as well, which tells of throttling only
            if (Files.exists(file) && isUsage(Files.readAllLines(file))) {
                return new CgroupCpu(file, files, pid);
            }
        }
        throw new IOException(cgroup + " has neither cpu.stat with usage_usec nor cpuacct.usage");
    }

    @Override
    public Duration used() {
        try {
            return parse(Files.readAllLines(file)).plus(outside());
        } catch (IOException gone) {
            throw new UncheckedIOException("cannot read the CPU time of the runtime", gone);
        }
    }

    @Override
    public void observe() {}

    @Override
    public String source() {
        return file + " and, as far as it is not in there, process " + runtime;
    }

    private Duration outside() throws IOException {
        var processes = files.processes();
        var daemon = new TreeSet<>(RuntimeProcesses.of(processes, runtime, Set.of()).daemon());
        daemon.removeAll(members());
        long ticks =
                processes.values().stream()
                        .filter(process -> daemon.contains(process.pid()))
                        .mapToLong(process -> process.ownTicks() + process.reapedTicks())
                        .sum();
        return ProcessStat.TICK.multipliedBy(ticks);
    }

    /** {@return the pids in the cgroup and below, as this pid namespace sees them} */
    private Set<Integer> members() throws IOException {
        var members = new TreeSet<Integer>();
        try (var below = Files.walk(file.getParent())) {
            for (var each : below.filter(path -> path.endsWith("cgroup.procs")).toList()) {
                Files.readAllLines(each).stream().map(Integer::valueOf).forEach(members::add);
            }
        }
        return members;
    }

    private static boolean isUsage(List<String> lines) {
        return lines.stream().anyMatch(line -> line.startsWith(USAGE)) || lines.size() == 1;
    }

    /** {@return the usage: a line {@code usage_usec N} of v2, else the only line of v1, in ns} */
    static Duration parse(List<String> lines) {
        for (String line : lines) {
            if (line.startsWith(USAGE)) {
                return Duration.ofNanos(1000 * Long.parseLong(line.substring(USAGE.length())));
            }
        }
        return Duration.ofNanos(Long.parseLong(lines.getFirst().strip()));
    }
}
