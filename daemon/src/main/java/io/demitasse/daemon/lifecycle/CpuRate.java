package io.demitasse.daemon.lifecycle;

import java.util.OptionalLong;

/**
 * How fast a sum of processor time grew between the last two looks at it that were a second or more
 * apart.
 *
 * <p><b>Threads.</b> May be shared; guarded by this.
 */
public final class CpuRate {
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private boolean seen;
    private long at;
    private long used;
    private OptionalLong rate = OptionalLong.empty();

    /** Takes a look; {@return nanoseconds per second, unknown before the second look} */
    public synchronized OptionalLong look(long nowNanos, long usedNanos) {
        long elapsed = nowNanos - at;
        if (!seen || elapsed < 0) {
            // the first look, or somebody turned the clock back
            rate = OptionalLong.empty();
        } else if (elapsed < NANOS_PER_SECOND) {
            return rate;
        } else {
            rate =
                    OptionalLong.of(
                            (long) ((double) (usedNanos - used) * NANOS_PER_SECOND / elapsed));
        }
        seen = true;
        at = nowNanos;
        used = usedNanos;
        return rate;
    }
}
