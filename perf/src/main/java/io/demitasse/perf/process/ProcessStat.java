package io.demitasse.perf.process;

import java.time.Duration;

/**
 * One line of {@code /proc/PID/stat}.
 *
 * @param startTicks when it started, in ticks since boot: with the pid it names a process for good
 * @param ownTicks user and system time of the process itself, all its threads
 * @param reapedTicks the same of the children that it waited for, and of theirs
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html">proc_pid_stat(5)</a>
 */
public record ProcessStat(
        int pid, String command, int parent, long startTicks, long ownTicks, long reapedTicks) {
    /** The tick of these files, whatever the kernel's own: USER_HZ is 100 on all architectures. */
    public static final Duration TICK = Duration.ofMillis(10);

    // Places of the fields behind the command, which proc_pid_stat(5) numbers from 3.
    private static final int PARENT = 1;
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;
    private static final int REAPED_USER_TIME = 13;
    private static final int REAPED_SYSTEM_TIME = 14;
    private static final int START_TIME = 19;

    /**
     * Reads one line.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static ProcessStat parse(String line) {
        // The command may hold blanks and parentheses itself: only the last one closes it.
        int open = line.indexOf('(');
        int close = line.lastIndexOf(')');
        if (open < 0 || close < open) {
            throw new IllegalArgumentException("no line of /proc/PID/stat: " + line);
        }
        String[] fields = line.substring(close + 1).strip().split(" ", -1);
        return new ProcessStat(
                Integer.parseInt(line.substring(0, open).strip()),
                line.substring(open + 1, close),
                Integer.parseInt(fields[PARENT]),
                Long.parseLong(fields[START_TIME]),
                Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]),
                Long.parseLong(fields[REAPED_USER_TIME])
                        + Long.parseLong(fields[REAPED_SYSTEM_TIME]));
    }
}
