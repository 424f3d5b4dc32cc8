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

        assertThat(CgroupCpu.of(cgroup).used()).isEqualTo(Duration.ofNanos(1_500_000));
    }

    @Test
    void shouldReadVersionOneAndNotItsThrottling(@TempDir Path cgroup) throws IOException {
        Files.writeString(cgroup.resolve("cpu.stat"), "nr_periods 0\nnr_throttled 0\n");
        Files.writeString(cgroup.resolve("cpuacct.usage"), "1500000\n");

        assertThat(CgroupCpu.of(cgroup).used()).isEqualTo(Duration.ofNanos(1_500_000));
    }

    @Test
    void shouldRefuseADirectoryThatIsNoCgroup(@TempDir Path directory) {
        assertThatIOException()
                .isThrownBy(() -> CgroupCpu.of(directory))
                .withMessageContaining("has neither cpu.stat with usage_usec nor cpuacct.usage");
    }
}
