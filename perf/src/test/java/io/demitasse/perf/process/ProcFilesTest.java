package io.demitasse.perf.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a made-up tree where contents matter, and the real one where they must exist. */
class ProcFilesTest {
    private final ProcFiles real = new ProcFiles(Path.of("/proc"));

    @Test
    void shouldSeeItselfInTheRealProc() {
        int self = (int) ProcessHandle.current().pid();

        assertThat(real.processes()).containsKey(self);
        assertThat(real.memory(self).proportionalBytes()).isPositive();
        assertThat(real.memory(self).residentBytes())
                .isGreaterThanOrEqualTo(real.memory(self).proportionalBytes());
        assertThat(real.machineMemoryBytes("MemAvailable")).isPositive();
    }

    @Test
    void shouldAddUpTheTimesOfThreads(@TempDir Path proc) throws IOException {
        write(proc, "7/task/7/schedstat", "1000 5 3");
        write(proc, "7/task/8/schedstat", "2000 5 3");

        assertThat(new ProcFiles(proc).threadTime(7)).isEqualTo(Duration.ofNanos(3000));
    }

    @Test
    void shouldMatchArgumentsAtTheEndOnly(@TempDir Path proc) throws IOException {
        write(proc, "7/cmdline", "sleep\0" + "1000\0");
        write(proc, "8/cmdline", "/bin/busybox\0sleep\0" + "1000\0");
        write(proc, "9/cmdline", "nosleep\0" + "1000\0");
        write(proc, "10/cmdline", "sleep\0" + "1000\0more\0");

        var found =
                new ProcFiles(proc).withArguments(Set.of(7, 8, 9, 10), List.of("sleep", "1000"));

        assertThat(found).containsExactlyInAnyOrder(7, 8);
    }

    @Test
    void shouldTakeAProcessThatEndedForEmpty(@TempDir Path proc) {
        var files = new ProcFiles(proc);

        assertThat(files.memory(7)).isEqualTo(MemoryRollup.NONE);
        assertThat(files.threadTime(7)).isZero();
    }

    @Test
    void shouldReadRollupsInBytes() {
        var rollup =
                MemoryRollup.parse(List.of("55d0-7ffc [rollup]", "Rss:   24 kB", "Pss: 13 kB"));

        assertThat(rollup).isEqualTo(new MemoryRollup(24 << 10, 13 << 10));
    }

    private static void write(Path proc, String name, String text) throws IOException {
        Files.createDirectories(proc.resolve(name).getParent());
        Files.writeString(proc.resolve(name), text);
    }
}
