package io.demitasse.daemon.runtime;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Points in time as CRI writes them: nanoseconds since the epoch, 0 for "not yet". */
final class Timestamps {
    private Timestamps() {}

    static long nanos(Instant instant) {
        return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
    }
}
