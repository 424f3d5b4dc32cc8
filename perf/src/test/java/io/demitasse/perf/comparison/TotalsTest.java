package io.demitasse.perf.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TotalsTest {
    private final Totals totals = new Totals();

    @Test
    void shouldDivideCpuByCyclesOfAllBlocks() {
        totals.addCpu(Duration.ofMillis(30), 2);
        totals.addCpu(Duration.ofMillis(20), 3);

        assertThat(totals.cpuMillisPerCycle()).isEqualTo(10);
    }

    @Test
    void shouldGiveTheRateOfTheMedianBurst() {
        totals.addBurst(50, Duration.ofSeconds(1), Duration.ofSeconds(5));
        totals.addBurst(50, Duration.ofSeconds(10), Duration.ofSeconds(1));
        totals.addBurst(50, Duration.ofSeconds(2), Duration.ofSeconds(2));

        assertThat(totals.podsPerSecond()).isEqualTo(25);
        assertThat(totals.removalsPerSecond()).isEqualTo(25);
    }

    @Test
    void shouldHaveNoRateWithoutABurst() {
        assertThat(totals.podsPerSecond()).isNaN();
    }
}
