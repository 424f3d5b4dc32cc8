package io.demitasse.storage.registry;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * How long a registry may take, and how often it is asked again.
 *
 * @param silence after which a connection counts as lost
 * @param window in which at least {@code windowBytes} of a blob must have come
 * @param attempts at one request, or since a blob last made progress
 * @param firstPause before the second attempt; it doubles, up to {@code longestPause}
 */
public record HttpTimeouts(
        Duration silence,
        Duration window,
        long windowBytes,
        int attempts,
        Duration firstPause,
        Duration longestPause) {
    /** For registries anywhere in the world. */
    public static final HttpTimeouts DEFAULT =
            new HttpTimeouts(
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(60),
                    60 << 10,
                    5,
                    Duration.ofMillis(200),
                    Duration.ofSeconds(60));

    /** {@return how long a header wants us to wait: seconds, or until a date} */
    static Optional<Duration> retryAfter(String header) {
        var text = header.strip();
        if (text.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            var date = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME);
            var left = Duration.between(Instant.now(), date.toInstant());
            return Optional.of(left.isNegative() ? Duration.ZERO : left);
        } catch (DateTimeParseException unknown) {
            return Optional.empty();
        }
    }

    /** {@return whether a server wants to be left alone for longer than anybody waits here} */
    boolean isTooLong(Duration wanted) {
        return wanted.compareTo(longestPause) > 0;
    }

    /**
     * Waits before an attempt, at random between half the pause and the whole, so that a thousand
     * nodes do not come back together; {@return false if the thread was interrupted}
     *
     * @param failures so far, at least one
     * @param wanted by the server, not {@linkplain #isTooLong too long}
     */
    boolean pause(int failures, Duration wanted) {
        long doubled = firstPause.toNanos() << Math.min(failures - 1, 20);
        long most = Math.min(doubled, longestPause.toNanos());
        long nanos = ThreadLocalRandom.current().nextLong(most / 2, most + 1);
        nanos = Math.max(nanos, wanted.toNanos());
        long end = System.nanoTime() + nanos;
        while (!Thread.currentThread().isInterrupted()) {
            long rest = end - System.nanoTime();
            if (rest <= 0) {
                return true;
            }
            LockSupport.parkNanos(rest);
        }
        return false;
    }
}
