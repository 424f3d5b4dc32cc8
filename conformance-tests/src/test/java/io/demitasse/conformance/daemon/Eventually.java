package io.demitasse.conformance.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for something that the kernel does in its own time. */
final class Eventually {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Eventually() {}

    /** Asserts that a value becomes the expected one. */
    static <T> void equal(T expected, Callable<T> actual) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        T last = call(actual);
        while (!expected.equals(last) && System.nanoTime() < deadline) {
            LockSupport.parkNanos(1_000_000);
            last = call(actual);
        }
        assertThat(last).isEqualTo(expected);
    }

    private static <T> T call(Callable<T> actual) {
        try {
            return actual.call();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }
}
