package io.demitasse.linux.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.cgroup.Cgroup;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.OpenHow;
import java.io.IOException;
import java.nio.file.Path;

/**
 * How likely the kernel is to kill processes when memory is short: from -1000, never, to 1000.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html">
 *     proc_pid_oom_score_adj(5)</a>
 */
public final class OomScores {
    /** The highest; the lowest is as far below 0. */
    public static final int MAX = 1000;

    private static final Path PROC = Path.of("/proc");
    private static final String FILE = "oom_score_adj";
    private static final int LONGEST = 16;

    /** Processes that are forked meanwhile have the score of their parent. */
    private static final int ROUNDS = 16;

    private OomScores() {}

    /**
     * Gives another score to the processes of a cgroup, and of those below it, that have a certain
     * one; who chose one for itself keeps it.
     *
     * @throws SyscallException with {@code EACCES} if it is lower than this process may write
     */
    public static void change(Cgroup group, int before, int after) throws IOException {
        for (int i = 0; i < ROUNDS && changeOnce(group, before, after); i++) {}
        for (var child : group.children()) {
            try (var below = Cgroup.open(child)) {
                change(below, before, after);
            } catch (SyscallException failure) {
                ignoreGone(failure);
            }
        }
    }

    private static boolean changeOnce(Cgroup group, int before, int after) throws IOException {
        boolean changed = false;
        for (int pid : group.pids()) {
            try (var process = DirectoryFd.open(PROC.resolve(Integer.toString(pid)))) {
                // still there: then this directory is of that process, and of no later one
                changed |= group.pids().contains(pid) && change(process, before, after);
            } catch (SyscallException failure) {
                ignoreGone(failure);
            }
        }
        return changed;
    }

    private static boolean change(DirectoryFd process, int before, int after) throws IOException {
        try (var file = process.openFile(FILE, OpenHow.READ_WRITE)) {
            var score = new String(file.readAll(LONGEST), US_ASCII).strip();
            if (!score.equals(Integer.toString(before))) {
                return false;
            }
            file.write(Integer.toString(after).getBytes(US_ASCII));
            return true;
        }
    }

    private static void ignoreGone(SyscallException failure) throws SyscallException {
        if (!failure.is(Errno.ENOENT) && !failure.is(Errno.ESRCH) && !failure.is(Errno.ENODEV)) {
            throw failure;
        }
    }
}
