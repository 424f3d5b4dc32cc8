package io.demitasse.daemon.command;

import java.util.LinkedHashMap;
import java.util.Map;

/** How long each step of a trial took, in the order in which they were made. */
final class StepTimes {
    private static final double NANOS_PER_MILLI = 1e6;

    private final Map<String, Long> nanos = new LinkedHashMap<>();

    /** Something that takes time, and may fail in its own way. */
    @FunctionalInterface
    interface Step<T, X extends Exception> {
        T run() throws X;
    }

    <T, X extends Exception> T time(String name, Step<T, X> step) throws X {
        long start = System.nanoTime();
        var result = step.run();
        nanos.put(name, System.nanoTime() - start);
        return result;
    }

    /** {@return one line per step, in milliseconds} */
    String table() {
        var table = new StringBuilder();
        nanos.forEach((name, taken) ->
                table.append(String.format("%-26s %8.1f ms%n", name, taken / NANOS_PER_MILLI)));
        return table.toString();
    }
}
