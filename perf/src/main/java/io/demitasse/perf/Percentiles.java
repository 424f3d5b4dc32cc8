package io.demitasse.perf;

import java.time.Duration;
import java.util.List;

/**
 * A series of times in five numbers, each of them a time that was measured.
 *
 * <p>The p-th percentile is the smallest value that at least p percent of the series do not exceed
 * (nearest rank): nothing is interpolated, so the 99th of fewer than a hundred is the maximum.
 */
public record Percentiles(
        int count, Duration median, Duration ninetieth, Duration ninetyNinth, Duration maximum) {
    /**
     * Sums up a series in any order.
     *
     * @throws IllegalArgumentException if it is empty
     */
    public static Percentiles of(List<Duration> series) {
        if (series.isEmpty()) {
            throw new IllegalArgumentException("no percentile of nothing");
        }
        var sorted = series.stream().sorted().toList();
        return new Percentiles(
                sorted.size(),
                rank(sorted, 50),
                rank(sorted, 90),
                rank(sorted, 99),
                sorted.getLast());
    }

    private static Duration rank(List<Duration> sorted, int percent) {
        int rank = Math.ceilDiv(percent * sorted.size(), 100);
        return sorted.get(Math.max(rank, 1) - 1);
    }
}
