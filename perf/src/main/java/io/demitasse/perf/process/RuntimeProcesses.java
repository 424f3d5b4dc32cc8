package io.demitasse.perf.process;

import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which processes make up a runtime, told from the process tree alone.
 *
 * <pre>
 *   init ─┬─ supervisor ── runtime ── helpers      runtime and what descends from it, shims too
 *         ├─ shim ─┬─ workload                     what stands above a workload, and beside it:
 *         │        └─ pause                        shims, infra containers
 *         └─ anything else                         not part of it, nor are init and the supervisor
 * </pre>
 *
 * @param daemon the runtime's own process and what descends from it, workloads excepted
 * @param shims what was found through the workloads, and is not among the daemon's
 */
public record RuntimeProcesses(Set<Integer> daemon, Set<Integer> shims) {
    private static final int INIT = 1;

    /** Copies. */
    public RuntimeProcesses {
        daemon = Set.copyOf(daemon);
        shims = Set.copyOf(shims);
    }

    /** {@return the processes of the runtime {@code pid}, which runs {@code workloads}} */
    public static RuntimeProcesses of(
            Map<Integer, ProcessStat> processes, int pid, Set<Integer> workloads) {
        var foreign = new HashSet<Integer>();
        foreign.add(0);
        foreign.add(INIT);
        for (int above = parent(processes, pid); above > INIT; above = parent(processes, above)) {
            foreign.add(above);
        }
        var daemon = descendants(processes, Set.of(pid));
        var shims = new TreeSet<Integer>();
        for (int workload : workloads) {
            int above = parent(processes, workload);
            while (!foreign.contains(above) && !daemon.contains(above)) {
                shims.add(above);
                above = parent(processes, above);
            }
        }
        var family = descendants(processes, shims);
        daemon.removeAll(workloads);
        family.removeAll(workloads);
        return new RuntimeProcesses(daemon, family);
    }

    /** {@return daemon and shims together} */
    public Set<Integer> all() {
        var all = new TreeSet<>(daemon);
        all.addAll(shims);
        return all;
    }

    private static int parent(Map<Integer, ProcessStat> processes, int pid) {
        var process = processes.get(pid);
        return process == null ? 0 : process.parent();
    }

    /** {@return {@code roots} and all that descend from them} */
    private static Set<Integer> descendants(
            Map<Integer, ProcessStat> processes, Set<Integer> roots) {
        var found = new TreeSet<>(roots);
        int before;
        do {
            before = found.size();
            for (var process : processes.values()) {
                if (found.contains(Objects.requireNonNull(process).parent())) {
                    found.add(process.pid());
                }
            }
        } while (found.size() > before);
        return found;
    }
}
