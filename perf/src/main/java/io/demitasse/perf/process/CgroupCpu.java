package io.demitasse.perf.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The CPU meter that misses nothing: the kernel's sum over a cgroup, removed children included.
 *
 * <p>Reads {@code cpu.stat} of cgroup v2, which is there without the cpu controller too, or {@code
 * cpuacct.usage} of v1.
 */
public final class CgroupCpu implements CpuMeter {
    private static final String USAGE = "usage_usec ";

    private final Path file;

    private CgroupCpu(Path file) {
        this.file = file;
    }

    /**
     * Meters one cgroup.
     *
     * @throws IOException if the directory is none
     */
    public static CgroupCpu of(Path cgroup) throws IOException {
        for (String name : List.of("cpu.stat", "cpuacct.usage")) {
            var file = cgroup.resolve(name);
            // cgroup v1 has a cpu.stat as well, which tells of throttling only
            if (Files.exists(file) && isUsage(Files.readAllLines(file))) {
                return new CgroupCpu(file);
            }
        }
        throw new IOException(cgroup + " has neither cpu.stat with usage_usec nor cpuacct.usage");
    }

    @Override
    public Duration used() {
        try {
            return parse(Files.readAllLines(file));
        } catch (IOException gone) {
            throw new UncheckedIOException("cannot read the CPU time of the runtime", gone);
        }
    }

    @Override
    public void observe() {}

    @Override
    public String source() {
        return file.toString();
    }

    private static boolean isUsage(List<String> lines) {
        return lines.stream().anyMatch(line -> line.startsWith(USAGE)) || lines.size() == 1;
    }

    /** {@return the usage: a line {@code usage_usec N} of v2, else the only line of v1, in ns} */
    static Duration parse(List<String> lines) {
        for (String line : lines) {
            if (line.startsWith(USAGE)) {
                return Duration.ofNanos(1000 * Long.parseLong(line.substring(USAGE.length())));
            }
        }
        return Duration.ofNanos(Long.parseLong(lines.getFirst().strip()));
    }
}
