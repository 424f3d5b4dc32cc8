package io.demitasse.perf.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupCpuTest {
    @Test
    void shouldReadVersionTwo(@TempDir Path cgroup) throws IOException {
        Files.writeString(cgroup.resolve("cpu.stat"), "usage_usec 1500\nuser_usec 1000\n");

        assertThat(meter(cgroup).used()).isEqualTo(Duration.ofNanos(1_500_000));
    }

    @Test
    void shouldReadVersionOneAndNotItsThrottling(@TempDir Path cgroup) throws IOException {
        Files.writeString(cgroup.resolve("cpu.stat"), "nr_periods 0\nnr_throttled 0\n");
        Files.writeString(cgroup.resolve("cpuacct.usage"), "1500000\n");

        assertThat(meter(cgroup).used()).isEqualTo(Duration.ofNanos(1_500_000));
    }

    @Test
    void shouldRefuseADirectoryThatIsNoCgroup(@TempDir Path directory) {
        assertThatIOException()
                .isThrownBy(() -> meter(directory))
                .withMessageContaining("has neither cpu.stat with usage_usec nor cpuacct.usage");
    }

    @Test
    void shouldAddADaemonThatIsOutside(@TempDir Path cgroup, @TempDir Path proc)
            throws IOException {
        Files.writeString(cgroup.resolve("cpu.stat"), "usage_usec 1000\n");
        Files.createDirectory(cgroup.resolve("pod"));
        Files.writeString(cgroup.resolve("pod/cgroup.procs"), "8\n");
        process(proc, 7, 1, 2);
        process(proc, 8, 7, 50);
        process(proc, 9, 7, 3);

        var used = CgroupCpu.of(cgroup, new ProcFiles(proc), 7).used();

        assertThat(used).isEqualTo(Duration.ofMillis(1 + 20 + 30));
    }

    private static CgroupCpu meter(Path cgroup) throws IOException {
        return CgroupCpu.of(cgroup, new ProcFiles(cgroup), 7);
    }

    private static void process(Path proc, int pid, int parent, int ticks) throws IOException {
        var directory = Files.createDirectory(proc.resolve(Integer.toString(pid)));
        Files.writeString(
                directory.resolve("stat"),
                "%d (x) S %d 1 1 0 -1 0 0 0 0 0 %d 0 0 0 20 0 1 0 15 0 0"
                        .formatted(pid, parent, ticks));
    }
}
