package io.demitasse.daemon.diagnosis;

import java.lang.management.LockInfo;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Threads as people read them, and no more of them than a message holds.
 *
 * <pre>
 * "mailbox-1" id=31 BLOCKED on java.lang.Object@4c203ea1 of "mailbox-2" id=32
 *     at io.demitasse.daemon.lifecycle.Mailbox.run(Mailbox.java:71)
 *     has java.lang.Object@27f674d
 * </pre>
 */
final class ThreadText {
    /** A client of gRPC takes four times as much unless it says otherwise. */
    static final int MAX_CHARACTERS = 1 << 20;

    private final StringBuilder text = new StringBuilder();
    private int leftOut;

    /** Says first which threads wait for each other in a circle, if any do. */
    void deadlocked(long @Nullable [] ids) {
        if (ids != null) {
            text.append("deadlocked: ids ").append(Arrays.toString(ids)).append("\n\n");
        }
    }

    /** Adds a thread, if there is room for it. */
    void thread(@Nullable ThreadInfo thread) {
        if (thread == null) {
            return; // it ended meanwhile
        }
        var lines = new StringBuilder();
        head(lines, thread);
        var stack = thread.getStackTrace();
        for (int depth = 0; depth < stack.length; depth++) {
            lines.append("    at ").append(stack[depth]).append('\n');
            for (var monitor : thread.getLockedMonitors()) {
                if (monitor.getLockedStackDepth() == depth) {
                    has(lines, monitor);
                }
            }
        }
        for (var lock : thread.getLockedSynchronizers()) {
            has(lines, lock);
        }
        if (text.length() + lines.length() < MAX_CHARACTERS) {
            text.append(lines).append('\n');
        } else {
            leftOut++;
        }
    }

    private static void head(StringBuilder lines, ThreadInfo thread) {
        lines.append('"').append(thread.getThreadName()).append('"');
        lines.append(" id=").append(thread.getThreadId());
        lines.append(' ').append(thread.getThreadState());
        if (thread.getLockName() != null) {
            lines.append(" on ").append(thread.getLockName());
        }
        if (thread.getLockOwnerName() != null) {
            lines.append(" of \"").append(thread.getLockOwnerName()).append('"');
            lines.append(" id=").append(thread.getLockOwnerId());
        }
        lines.append('\n');
    }

    private static void has(StringBuilder lines, LockInfo lock) {
        lines.append("    has ").append(lock).append('\n');
    }

    @Override
    public String toString() {
        return leftOut == 0 ? text.toString() : text + "and " + leftOut + " threads more\n";
    }
}
