package io.demitasse.perf;

import io.demitasse.perf.process.ProcFiles;
import java.util.List;

/**
 * How busy the machine is: a figure without it cannot be judged.
 *
 * @param load the load averages over 1, 5 and 15 minutes
 * @param stolenTicks CPU time that the hypervisor gave to others since boot
 */
public record Machine(String kernel, int processors, String load, long stolenTicks) {
    private static final int STEAL = 8;

    /** {@return the machine as it is now} */
    public static Machine now(ProcFiles files) {
        return new Machine(
                System.getProperty("os.version", "unknown"),
                Runtime.getRuntime().availableProcessors(),
                load(files.machineLines("loadavg")),
                stolenTicks(files.machineLines("stat")));
    }

    /** {@return the first three words of {@code /proc/loadavg}} */
    static String load(List<String> lines) {
        return lines.stream()
                .findFirst()
                .map(line -> String.join(" ", List.of(line.split(" ", -1)).subList(0, 3)))
                .orElse("unknown");
    }

    /** {@return the eighth figure of the first line of {@code /proc/stat}, which begins "cpu "} */
    static long stolenTicks(List<String> lines) {
        return lines.stream()
                .filter(line -> line.startsWith("cpu "))
                .map(line -> line.split(" +", -1))
                .filter(words -> words.length > STEAL)
                .mapToLong(words -> Long.parseLong(words[STEAL]))
                .findFirst()
                .orElse(0);
    }
}
