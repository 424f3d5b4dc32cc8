package io.demitasse.perf;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** How long each step took, each time. Shared by the threads that make pods. */
public final class Timings {
    private final LongSupplier nanoTime;
    private final Map<Step, List<Duration>> series = new EnumMap<>(Step.class);

    /** Times by {@code nanoTime}. */
    public Timings(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * {@return what {@code call} returns, having noted how long that took, here and in {@code
     * parts}; nothing if it throws}
     */
    public <T> T time(Step step, List<Duration> parts, Supplier<T> call) {
        long began = nanoTime.getAsLong();
        var result = call.get();
        var time = Duration.ofNanos(nanoTime.getAsLong() - began);
        add(step, time);
        parts.add(time);
        return result;
    }

    /** Notes one time. */
    public synchronized void add(Step step, Duration time) {
        series.computeIfAbsent(step, _ -> new ArrayList<>()).add(time);
    }

    /** Notes the sum of times, as one of {@code step}. */
    public void addSum(Step step, List<Duration> parts) {
        add(step, parts.stream().reduce(Duration.ZERO, Duration::plus));
    }

    /** Notes what {@code other} has of one step as times of {@code step}. */
    public void addAll(Step step, Timings other, Step otherStep) {
        other.copy(otherStep).forEach(time -> add(step, time));
    }

    private synchronized List<Duration> copy(Step step) {
        return List.copyOf(series.getOrDefault(step, List.of()));
    }

    /** {@return a step's percentiles, if it was ever timed} */
    public synchronized Optional<Percentiles> of(Step step) {
        return Optional.ofNullable(series.get(step)).map(Percentiles::of);
    }
}
