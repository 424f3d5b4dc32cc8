package io.demitasse.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PercentilesTest {
    @Test
    void shouldTakeRanksOfAShuffledSeries() {
        var series = IntStream.rangeClosed(1, 100).mapToObj(Duration::ofMillis).toList().reversed();

        var percentiles = Percentiles.of(series);

        assertThat(percentiles)
                .isEqualTo(
                        new Percentiles(
                                100,
                                Duration.ofMillis(50),
                                Duration.ofMillis(90),
                                Duration.ofMillis(99),
                                Duration.ofMillis(100)));
    }

    @Test
    void shouldCallTheMaximumTheNinetyNinthOfAShortSeries() {
        var series = LongStream.of(30, 10, 20).mapToObj(Duration::ofMillis).toList();

        var percentiles = Percentiles.of(series);

        assertThat(percentiles.median()).isEqualTo(Duration.ofMillis(20));
        assertThat(percentiles.ninetyNinth()).isEqualTo(Duration.ofMillis(30));
    }

    @Test
    void shouldBeTheOnlyValueOfASeriesOfOne() {
        var percentiles = Percentiles.of(List.of(Duration.ofMillis(7)));

        assertThat(percentiles.median()).isEqualTo(percentiles.maximum());
    }

    @Test
    void shouldRefuseAnEmptySeries() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Percentiles.of(Collections.emptyList()));
    }
}
