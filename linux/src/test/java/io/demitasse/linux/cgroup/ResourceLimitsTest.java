package io.demitasse.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourceLimitsTest {
    @Test
    void shouldSaySettingsOnlyForWhatWasSaid() {
        assertThat(ResourceLimits.NONE.toSettings()).isEmpty();
        assertThat(ResourceLimits.NONE.requiredControllers()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "2, 1",
        "3, 2",
        "100, 17",
        "512, 59",
        "1024, 100",
        "2048, 174",
        "262144, 10000",
        "999999, 10000"
    })
    void shouldMapSharesToWeight(long shares, String weight) {
        var settings = ResourceLimits.builder().cpuShares(shares).build().toSettings();

        assertThat(settings).containsExactly(entry("cpu.weight", weight));
    }

    @ParameterizedTest
    @CsvSource({
        "50000, 100000, 50000 100000",
        "-1, 100000, max 100000",
        "0, 50000, max 50000",
        "20000, 0, 20000 100000"
    })
    void shouldMapQuotaAndPeriod(long quota, long period, String expected) {
        var limits = ResourceLimits.builder().cpuQuotaMicros(quota).cpuPeriodMicros(period).build();

        assertThat(limits.toSettings()).containsExactly(entry("cpu.max", expected));
    }

    @ParameterizedTest
    @CsvSource({"1000, 1500, 500", "1000, 1000, 0", "1000, -1, max", "-1, 0, max"})
    void shouldSubtractMemoryFromSwapBecauseVersionTwoCountsThemApart(
            long memory, long memoryAndSwap, String swap) {
        var limits =
                ResourceLimits.builder()
                        .memoryBytes(memory)
                        .memoryAndSwapBytes(memoryAndSwap)
                        .build();

        assertThat(limits.toSettings()).containsEntry("memory.swap.max", swap);
    }

    @Test
    void shouldLeaveSwapAloneWhenOnlyMemoryIsLimited() {
        var limits = ResourceLimits.builder().memoryBytes(1 << 20).build();

        assertThat(limits.toSettings()).containsExactly(entry("memory.max", "1048576"));
    }

    @Test
    void shouldRefuseSwapLimitsThatMeanNothing() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ResourceLimits.builder().memoryAndSwapBytes(5).build())
                .withMessage("memory and swap limited to 5 without a memory limit");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> ResourceLimits.builder().memoryBytes(6).memoryAndSwapBytes(5).build())
                .withMessage("memory and swap limited to 5, less than the memory limit 6");
    }

    @Test
    void shouldWriteTheRestInAFixedOrderWithUnifiedSettingsWinning() {
        var limits =
                ResourceLimits.builder()
                        .cpusetCpus("0-3")
                        .cpusetMems("0")
                        .cpuShares(1024)
                        .memoryBytes(-1)
                        .oomGroup(true)
                        .pids(-1)
                        .hugepageBytes(Map.of("2MB", 0L))
                        .unified(Map.of("memory.high", "max", "pids.max", "7"))
                        .build();

        assertThat(limits.toSettings())
                .containsExactly(
                        entry("cpuset.cpus", "0-3"),
                        entry("cpuset.mems", "0"),
                        entry("cpu.weight", "100"),
                        entry("memory.max", "max"),
                        entry("memory.swap.max", "max"),
                        entry("memory.oom.group", "1"),
                        entry("pids.max", "7"),
                        entry("hugetlb.2MB.max", "0"),
                        entry("hugetlb.2MB.rsvd.max", "0"),
                        entry("memory.high", "max"));
        assertThat(limits.requiredControllers())
                .containsExactly("cpu", "cpuset", "hugetlb", "memory", "pids");
    }

    @Test
    void shouldDivideSettingsByWhatCanBeEnforced() {
        var limits =
                ResourceLimits.builder()
                        .pids(10)
                        .memoryBytes(100)
                        .unified(Map.of("cgroup.max.depth", "1"))
                        .build();

        var enforcement = limits.enforcement(Set.of("memory"));

        assertThat(enforcement.enforceable()).containsOnlyKeys("memory.max", "cgroup.max.depth");
        assertThat(enforcement.unenforceable()).containsExactly(entry("pids.max", "10"));
    }

    @Test
    void shouldRefuseControlFilesOutsideTheGroup() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> ResourceLimits.builder().unified(Map.of("../cpu.max", "1")).build())
                .withMessage("no cgroup control file: \"../cpu.max\"");
    }
}
