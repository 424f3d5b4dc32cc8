package io.demitasse.perf.comparison;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.demitasse.perf.IdlePods;
import io.demitasse.perf.Machine;
import io.demitasse.perf.Network;
import io.demitasse.perf.Percentiles;
import io.demitasse.perf.RuntimeMemory;
import io.demitasse.perf.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * What all contenders were found to need, as a table for people and as JSON.
 *
 * @param contenders the first is the one that the others are compared with
 */
public record Comparison(Setup setup, List<Contender> contenders, Machine after) {
    /** How many of each. */
    public record Amounts(int cycles, int burst, int parallel, int density, int recoveries) {}

    /**
     * What was asked for, and where.
     *
     * @param versions lines {@code PROGRAM VERSION}
     * @param state what the state of all runtimes was kept on
     */
    public record Setup(
            Instant began,
            List<String> versions,
            Amounts amounts,
            Network network,
            String state,
            Machine before) {
        /** Copies. */
        public Setup {
            versions = List.copyOf(versions);
        }
    }

    private static final double NANOS_PER_MILLI = 1e6;
    private static final double BYTES_PER_KIB = 1024;
    private static final String NONE = "-";

    /** A figure that is one number for each contender. */
    private record Figure(String label, ToDoubleFunction<Contender> value) {
        private static double kib(Contender each, ToDoubleFunction<IdlePods> bytes) {
            return each.totals()
                    .idle()
                    .map(pods -> bytes.applyAsDouble(pods) / BYTES_PER_KIB)
                    .orElse(Double.NaN);
        }

        private static double unusedKib(Contender each) {
            return each.totals()
                    .unused()
                    .map(RuntimeMemory::proportionalBytes)
                    .map(bytes -> bytes / BYTES_PER_KIB)
                    .orElse(Double.NaN);
        }
    }

    private static final List<Figure> FIGURES =
            List.of(
                    new Figure("burst, pods/s", each -> each.totals().podsPerSecond()),
                    new Figure("burst removed, pods/s", each -> each.totals().removalsPerSecond()),
                    new Figure("CPU ms per cycle", each -> each.totals().cpuMillisPerCycle()),
                    new Figure(
                            "PSS per idle pod, KiB",
                            each -> Figure.kib(each, IdlePods::bytesPerPod)),
                    new Figure(
                            "MemAvailable per idle pod, KiB",
                            each -> Figure.kib(each, IdlePods::availableBytesPerPod)),
                    new Figure("PSS without pods, KiB", Figure::unusedKib));

    /** {@return the table: medians, 99th percentiles, and how many times the first's median} */
    public String text() {
        var text = new StringBuilder();
        text.append(line("%s", String.join(", ", setup.versions)));
        text.append(
                line(
                        "%d cycles, bursts of %d, %d at a time, %d idle pods, network %s, state %s",
                        setup.amounts.cycles(),
                        setup.amounts.burst(),
                        setup.amounts.parallel(),
                        setup.amounts.density(),
                        setup.network.name().toLowerCase(Locale.ROOT),
                        setup.state));
        text.append(
                line(
                        "kernel %s, %d processors, load %s before and %s after, stolen %d ms",
                        after.kernel(),
                        after.processors(),
                        setup.before.load(),
                        after.load(),
                        stolenMillis()));
        text.append(heading());
        for (var step : Step.values()) {
            if (contenders.stream().anyMatch(each -> each.timings().of(step).isPresent())) {
                text.append(row(step));
            }
        }
        text.append(line(""));
        for (var figure : FIGURES) {
            text.append(row(figure));
        }
        return text.toString();
    }

    /** {@return the same as {@link #text}, with more percentiles, and what identifies the run} */
    public String json() {
        var root = new JsonObject();
        root.addProperty("began", setup.began.toString());
        root.addProperty("network", setup.network.name().toLowerCase(Locale.ROOT));
        root.addProperty("state", setup.state);
        root.addProperty("cycles", setup.amounts.cycles());
        root.addProperty("burst", setup.amounts.burst());
        root.addProperty("parallel", setup.amounts.parallel());
        root.addProperty("density", setup.amounts.density());
        root.addProperty("recoveries", setup.amounts.recoveries());
        root.addProperty("kernel", after.kernel());
        root.addProperty("processors", after.processors());
        root.addProperty("loadBefore", setup.before.load());
        root.addProperty("loadAfter", after.load());
        root.addProperty("stolenMillis", stolenMillis());
        var versions = new JsonArray();
        setup.versions.forEach(versions::add);
        root.add("versions", versions);
        var runtimes = new JsonObject();
        contenders.forEach(each -> runtimes.add(each.name(), runtime(each)));
        root.add("runtimes", runtimes);
        return new GsonBuilder().setPrettyPrinting().create().toJson(root) + "\n";
    }

    private static JsonObject runtime(Contender contender) {
        var runtime = new JsonObject();
        runtime.addProperty("runtime", contender.version().getRuntimeName());
        runtime.addProperty("runtimeVersion", contender.version().getRuntimeVersion());
        var steps = new JsonObject();
        for (var step : Step.values()) {
            contender.timings().of(step).ifPresent(times -> steps.add(step.label(), row(times)));
        }
        runtime.add("millis", steps);
        for (var figure : FIGURES) {
            double value = figure.value.applyAsDouble(contender);
            if (!Double.isNaN(value)) {
                runtime.addProperty(figure.label, value);
            }
        }
        return runtime;
    }

    private static JsonObject row(Percentiles times) {
        var row = new JsonObject();
        row.addProperty("count", times.count());
        row.addProperty("p50", millis(times.median()));
        row.addProperty("p90", millis(times.ninetieth()));
        row.addProperty("p99", millis(times.ninetyNinth()));
        row.addProperty("max", millis(times.maximum()));
        return row;
    }

    private String heading() {
        var names = new StringBuilder(line(""));
        names.append(String.format(Locale.ROOT, "%-30s", "ms"));
        var columns = new StringBuilder(String.format(Locale.ROOT, "%-30s", ""));
        for (var contender : contenders) {
            names.append(String.format(Locale.ROOT, "   %-24s", contender.name()));
            columns.append(String.format(Locale.ROOT, " %8s %8s %7s  ", "p50", "p99", "times"));
        }
        return names.toString().stripTrailing() + "\n" + columns.toString().stripTrailing() + "\n";
    }

    private String row(Step step) {
        var row = new StringBuilder(String.format(Locale.ROOT, "%-30s", step.label()));
        double first = median(contenders.getFirst(), step);
        for (var contender : contenders) {
            Optional<Percentiles> times = contender.timings().of(step);
            row.append(
                    cells(
                            median(contender, step),
                            times.map(each -> millis(each.ninetyNinth())).orElse(Double.NaN),
                            median(contender, step) / first));
        }
        return row.toString().stripTrailing() + "\n";
    }

    private String row(Figure figure) {
        var row = new StringBuilder(String.format(Locale.ROOT, "%-30s", figure.label));
        double first = figure.value.applyAsDouble(contenders.getFirst());
        for (var contender : contenders) {
            double value = figure.value.applyAsDouble(contender);
            row.append(cells(value, Double.NaN, value / first));
        }
        return row.toString().stripTrailing() + "\n";
    }

    private static String cells(double median, double ninetyNinth, double ratio) {
        return String.format(
                Locale.ROOT,
                " %8s %8s %7s  ",
                number(median, "%.2f"),
                Double.isNaN(ninetyNinth) ? "" : number(ninetyNinth, "%.2f"),
                number(ratio, "%.2f"));
    }

    private static String number(double value, String format) {
        return Double.isNaN(value) ? NONE : String.format(Locale.ROOT, format, value);
    }

    private static double median(Contender contender, Step step) {
        return contender.timings().of(step).map(each -> millis(each.median())).orElse(Double.NaN);
    }

    private long stolenMillis() {
        return (after.stolenTicks() - setup.before.stolenTicks()) * 10;
    }

    private static double millis(Duration time) {
        return time.toNanos() / NANOS_PER_MILLI;
    }

    @com.google.errorprone.annotations.FormatMethod
    private static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format, values) + "\n";
    }
}
