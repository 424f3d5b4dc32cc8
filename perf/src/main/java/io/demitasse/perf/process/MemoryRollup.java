package io.demitasse.perf.process;

import java.util.List;

/**
 * What {@code /proc/PID/smaps_rollup} says of one process.
 *
 * @param residentBytes pages that are in memory, each counted in full
 * @param proportionalBytes the same, a page shared by n processes counted as 1/n
 */
public record MemoryRollup(long residentBytes, long proportionalBytes) {
    /** A process that has gone, or a zombie: no memory. */
    public static final MemoryRollup NONE = new MemoryRollup(0, 0);

    private static final long BYTES_PER_KIB = 1024;

    /** {@return the figures of a file; zero where it has no line for them} */
    public static MemoryRollup parse(List<String> lines) {
        return new MemoryRollup(bytes(lines, "Rss:"), bytes(lines, "Pss:"));
    }

    /** {@return both sums} */
    public MemoryRollup plus(MemoryRollup other) {
        return new MemoryRollup(
                residentBytes + other.residentBytes, proportionalBytes + other.proportionalBytes);
    }

    /** {@return the value of the first line that begins with {@code key}, which is in kB} */
    static long bytes(List<String> lines, String key) {
        return lines.stream()
                        .filter(line -> line.startsWith(key))
                        .map(line -> line.substring(key.length()).replace("kB", "").strip())
                        .mapToLong(Long::parseLong)
                        .findFirst()
                        .orElse(0)
                * BYTES_PER_KIB;
    }
}
