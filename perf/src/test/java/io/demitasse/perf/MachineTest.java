package io.demitasse.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MachineTest {
    @Test
    void shouldReadLoadAndStolenTime() {
        String load = Machine.load(List.of("0.19 0.18 0.10 1/321 4711"));
        long stolen = Machine.stolenTicks(List.of("cpu  10 20 30 40 50 60 70 81 0 0", "cpu0 1 2"));

        assertThat(load).isEqualTo("0.19 0.18 0.10");
        assertThat(stolen).isEqualTo(81);
    }
}
