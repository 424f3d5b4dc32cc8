package io.demitasse.perf.comparison;

import io.demitasse.perf.PodCycle;
import io.demitasse.perf.Step;
import io.demitasse.perf.Timings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/** Many pods at once, as when a node joins: all are started, some at a time, then all removed. */
final class Burst {
    private final Contender contender;
    private final int parallel;

    Burst(Contender contender, int parallel) {
        this.contender = contender;
        this.parallel = parallel;
    }

    /** Starts and removes so many pods, and notes both rates. */
    void measure(int pods) throws InterruptedException, ExecutionException {
        var starting = new Timings(System::nanoTime);
        long began = System.nanoTime();
        var running = start(pods, starting);
        var started = Duration.ofNanos(System.nanoTime() - began);
        began = System.nanoTime();
        end(running);
        var ended = Duration.ofNanos(System.nanoTime() - began);
        contender.totals().addBurst(pods, started, ended);
        contender.timings().addAll(Step.BURST_POD_START, starting, Step.POD_START);
    }

    /** {@return so many pods, running} */
    List<PodCycle.RunningPod> start(int pods, Timings timings)
            throws InterruptedException, ExecutionException {
        var starts = new ArrayList<Callable<PodCycle.RunningPod>>();
        for (int i = 0; i < pods; i++) {
            starts.add(() -> contender.cycle().start(contender.nextPod(), timings));
        }
        return together(starts);
    }

    /** Removes pods. */
    void end(List<PodCycle.RunningPod> running) throws InterruptedException, ExecutionException {
        var unnoted = new Timings(System::nanoTime);
        var ends = new ArrayList<Callable<Boolean>>();
        for (var pod : running) {
            ends.add(() -> {
                contender.cycle().end(pod, unnoted, new ArrayList<>());
                return true;
            });
        }
        together(ends);
    }

    private <T> List<T> together(List<Callable<T>> tasks)
            throws InterruptedException, ExecutionException {
        try (var threads = Executors.newFixedThreadPool(parallel)) {
            var results = new ArrayList<T>();
            for (var future : threads.invokeAll(tasks)) {
                results.add(future.get());
            }
            return results;
        }
    }
}
