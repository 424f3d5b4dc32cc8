package io.demitasse.shim.launch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.demitasse.linux.SyscallException;
import io.demitasse.shim.protocol.ShimConnection;
import java.time.Duration;
import java.util.Optional;

/**
 * How long a launch may take, and the way to end it sooner.
 *
 * <p>A process under construction can be stopped by whoever is root in its PID namespace, and can
 * wait for a disk: no launch is waited for without a limit.
 *
 * <p><b>Threads.</b> For one launch at a time, which any thread may cancel.
 */
public final class LaunchLimit {
    /**
     * A launch takes milliseconds, and some seconds where the program comes from a starved disk.
     * The kubelet waits two minutes for an answer.
     */
    public static final Duration LONGEST = Duration.ofSeconds(30);

    private final long deadlineNanos;

    @GuardedBy("this")
    private Optional<ShimConnection> launching = Optional.empty();

    @GuardedBy("this")
    private boolean isCancelled;

    private LaunchLimit(Duration limit) {
        this.deadlineNanos = System.nanoTime() + limit.toNanos();
    }

    /** {@return the limit of a launch of which the caller asks nothing particular} */
    public static LaunchLimit standard() {
        return new LaunchLimit(LONGEST);
    }

    /** {@return a limit from now on; zero, and whatever is longer, is the standard one} */
    public static LaunchLimit of(Duration limit) {
        return limit.isZero() || limit.compareTo(LONGEST) > 0 ? standard() : new LaunchLimit(limit);
    }

    /** Ends the launch in flight, and every later one with this limit. */
    public synchronized void cancel() {
        isCancelled = true;
        launching.ifPresent(LaunchLimit::giveUp);
    }

    Duration left() {
        return Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime()));
    }

    synchronized void begin(ShimConnection connection) {
        launching = Optional.of(connection);
        if (isCancelled) {
            giveUp(connection);
        }
    }

    /** The connection is the caller's alone again. */
    synchronized void end() {
        launching = Optional.empty();
    }

    static void giveUp(ShimConnection connection) {
        try {
            connection.giveUp();
        } catch (SyscallException gone) {
            // whoever waits for an answer reads the end of the connection instead
        }
    }
}
