package io.demitasse.perf;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.demitasse.cri.v1.VersionResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * What one run found, as a table for people and as JSON for comparisons.
 *
 * @param elapsed what all cycles took together, which with {@code --parallel} is less than their
 *     sum
 * @param cpu the CPU that all cycles used together
 */
public record Report(
        Setup setup,
        Timings timings,
        Duration elapsed,
        Duration cpu,
        RuntimeMemory unused,
        Optional<IdlePods> idle,
        Machine after) {
    /** What was asked for, of whom, and where. */
    public record Setup(
            Instant began,
            String endpoint,
            VersionResponse version,
            PodTemplate template,
            String image,
            int count,
            int parallel,
            String cpuSource,
            Machine before) {}

    private static final double NANOS_PER_MILLI = 1e6;
    private static final double BYTES_PER_KIB = 1024;
    private static final double BYTES_PER_MIB = 1024 * 1024;

    /** {@return the median of a pod start as a share of one {@code crun run}, if that was timed} */
    public Optional<Double> ratio() {
        return timings.of(Step.YARDSTICK)
                .flatMap(yardstick ->
                        timings.of(Step.POD_START)
                                .map(start -> millis(start.median()) / millis(yardstick.median())));
    }

    /** {@return the table} */
    public String text() {
        var text = new StringBuilder();
        text.append(
                line(
                        "%s %s at %s",
                        setup.version.getRuntimeName(),
                        setup.version.getRuntimeVersion(),
                        setup.endpoint));
        text.append(
                line(
                        "%d cycles, %d at a time, network %s, image %s",
                        setup.count,
                        setup.parallel,
                        setup.template.network().name().toLowerCase(Locale.ROOT),
                        setup.image));
        text.append(
                line(
                        "kernel %s, %d processors, load %s before and %s after, stolen %d ms",
                        after.kernel(),
                        after.processors(),
                        setup.before.load(),
                        after.load(),
                        stolenMillis()));
        text.append(line(""))
                .append(line("%-30s %8s %8s %8s %8s", "ms", "p50", "p90", "p99", "max"));
        for (var step : Step.values()) {
            timings.of(step).ifPresent(times -> text.append(row(step, times)));
        }
        text.append(line(""));
        ratio().ifPresent(r -> text.append(line("pod start / crun run           %8.2f", r)));
        if (timings.of(Step.YARDSTICK).isEmpty()) { // else the elapsed time is not the pods' alone
            text.append(line("cycles per second              %8.1f", cyclesPerSecond()));
        }
        text.append(
                line("CPU ms per cycle               %8.1f   %s", cpuMillis(), setup.cpuSource));
        text.append(line("daemon RSS, no pods, MiB       %8.1f", residentMib(unused)));
        idle.ifPresent(pods -> appendIdle(text, pods));
        return text.toString();
    }

    /** {@return the same as {@link #text}, and what identifies the run} */
    public String json() {
        var root = new JsonObject();
        root.addProperty("began", setup.began.toString());
        root.addProperty("endpoint", setup.endpoint);
        root.addProperty("runtime", setup.version.getRuntimeName());
        root.addProperty("runtimeVersion", setup.version.getRuntimeVersion());
        root.addProperty("count", setup.count);
        root.addProperty("parallel", setup.parallel);
        root.addProperty("network", setup.template.network().name().toLowerCase(Locale.ROOT));
        root.addProperty("image", setup.image);
        root.addProperty("kernel", after.kernel());
        root.addProperty("processors", after.processors());
        root.addProperty("loadBefore", setup.before.load());
        root.addProperty("loadAfter", after.load());
        root.addProperty("stolenMillis", stolenMillis());
        root.add("millis", millisJson());
        ratio().ifPresent(value -> root.addProperty("podStartPerYardstick", value));
        if (timings.of(Step.YARDSTICK).isEmpty()) {
            root.addProperty("cyclesPerSecond", cyclesPerSecond());
        }
        root.addProperty("cpuMillisPerCycle", cpuMillis());
        root.addProperty("cpuSource", setup.cpuSource);
        root.addProperty("daemonResidentBytes", unused.residentBytes());
        idle.ifPresent(pods -> root.add("idle", idleJson(pods)));
        return new GsonBuilder().setPrettyPrinting().create().toJson(root) + "\n";
    }

    private JsonObject millisJson() {
        var steps = new JsonObject();
        for (var step : Step.values()) {
            timings.of(step)
                    .ifPresent(times -> {
                        var row = new JsonObject();
                        row.addProperty("count", times.count());
                        row.addProperty("p50", millis(times.median()));
                        row.addProperty("p90", millis(times.ninetieth()));
                        row.addProperty("p99", millis(times.ninetyNinth()));
                        row.addProperty("max", millis(times.maximum()));
                        steps.add(step.label(), row);
                    });
        }
        return steps;
    }

    private static JsonObject idleJson(IdlePods pods) {
        var idle = new JsonObject();
        idle.addProperty("pods", pods.pods());
        idle.addProperty("processes", pods.after().processes().size());
        idle.addProperty("proportionalBytesPerPod", pods.bytesPerPod());
        idle.addProperty("shimBytesPerPod", pods.shimBytesPerPod());
        idle.addProperty("daemonGrowthBytesPerPod", pods.daemonBytesPerPod());
        idle.addProperty("availableBytesPerPod", pods.availableBytesPerPod());
        idle.addProperty("daemonResidentBytes", pods.after().residentBytes());
        return idle;
    }

    private static void appendIdle(StringBuilder text, IdlePods pods) {
        text.append(
                line(
                        "daemon RSS, %4d idle, MiB     %8.1f",
                        pods.pods(), residentMib(pods.after())));
        text.append(
                line(
                        "PSS per idle pod, kB           %8.0f   shims %.0f, daemon growth %.0f;"
                                + " %d processes with %d pods",
                        pods.bytesPerPod() / BYTES_PER_KIB,
                        pods.shimBytesPerPod() / BYTES_PER_KIB,
                        pods.daemonBytesPerPod() / BYTES_PER_KIB,
                        pods.after().processes().size(),
                        pods.pods()));
        text.append(
                line(
                        "MemAvailable per idle pod, kB  %8.0f   whole machine, workload included",
                        pods.availableBytesPerPod() / BYTES_PER_KIB));
    }

    private static String row(Step step, Percentiles times) {
        return line(
                "%-30s %8.2f %8.2f %8.2f %8.2f",
                step.label(),
                millis(times.median()),
                millis(times.ninetieth()),
                millis(times.ninetyNinth()),
                millis(times.maximum()));
    }

    private double cyclesPerSecond() {
        return setup.count * 1000 / millis(elapsed);
    }

    private double cpuMillis() {
        return millis(cpu) / setup.count;
    }

    private long stolenMillis() {
        return (after.stolenTicks() - setup.before.stolenTicks()) * 10;
    }

    private static double residentMib(RuntimeMemory memory) {
        return memory.residentBytes() / BYTES_PER_MIB;
    }

    private static double millis(Duration time) {
        return time.toNanos() / NANOS_PER_MILLI;
    }

    @com.google.errorprone.annotations.FormatMethod
    private static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format, values) + "\n";
    }
}
