package io.demitasse.perf.comparison;

import io.demitasse.perf.IdlePods;
import io.demitasse.perf.RuntimeMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What was measured of one contender that is not the time of one call. One thread's. */
public final class Totals {
    private Duration cpu = Duration.ZERO;
    private int cycles;
    private final List<Double> podsPerSecond = new ArrayList<>();
    private final List<Double> removalsPerSecond = new ArrayList<>();
    private Optional<RuntimeMemory> unused = Optional.empty();
    private Optional<IdlePods> idle = Optional.empty();

    /** Notes the CPU that some cycles used together. */
    void addCpu(Duration used, int ofCycles) {
        cpu = cpu.plus(used);
        cycles += ofCycles;
    }

    /** Notes one burst: how long so many pods took to start, and to go. */
    void addBurst(int pods, Duration starting, Duration removing) {
        podsPerSecond.add(pods / seconds(starting));
        removalsPerSecond.add(pods / seconds(removing));
    }

    /** Notes the memory of the runtime before its first pod. */
    void setUnused(RuntimeMemory memory) {
        unused = Optional.of(memory);
    }

    /** Notes what idle pods cost. */
    void setIdle(IdlePods pods) {
        idle = Optional.of(pods);
    }

    /** {@return the CPU that one cycle used, in milliseconds; NaN if there was none} */
    public double cpuMillisPerCycle() {
        return cpu.toNanos() / 1e6 / cycles;
    }

    /** {@return the rate of the median burst; NaN if there was none} */
    public double podsPerSecond() {
        return median(podsPerSecond);
    }

    /** {@return the rate at which the pods of the median burst went; NaN if there was none} */
    public double removalsPerSecond() {
        return median(removalsPerSecond);
    }

    /** {@return the memory of the runtime before its first pod} */
    public Optional<RuntimeMemory> unused() {
        return unused;
    }

    /** {@return what idle pods cost} */
    public Optional<IdlePods> idle() {
        return idle;
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }

    private static double median(List<Double> values) {
        return values.isEmpty()
                ? Double.NaN
                : values.stream().sorted().toList().get((values.size() - 1) / 2);
    }
}
