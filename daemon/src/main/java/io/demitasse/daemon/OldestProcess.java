package io.demitasse.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * The first process of a container: no other was cloned into its cgroup before it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html">proc_pid_stat(5)</a>
 */
final class OldestProcess {
    /** Of the fields behind the name, which may hold anything: (22) starttime. */
    private static final int START_TIME = 22 - 3;

    private OldestProcess() {}

    /** {@return the one that was started first, if any still runs} */
    static OptionalInt of(List<Integer> pids) {
        int oldest = 0;
        long earliest = Long.MAX_VALUE;
        for (int pid : pids) {
            long startedAt = startTime(pid);
            if (startedAt < earliest) {
                earliest = startedAt;
                oldest = pid;
            }
        }
        return earliest == Long.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of(oldest);
    }

    private static long startTime(int pid) {
        try {
            var stat = Files.readString(Path.of("/proc", Integer.toString(pid), "stat"));
            return Long.parseLong(
                    stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[START_TIME]);
        } catch (IOException gone) {
            return Long.MAX_VALUE;
        }
    }
}
