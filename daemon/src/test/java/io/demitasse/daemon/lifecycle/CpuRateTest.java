package io.demitasse.daemon.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CpuRateTest {
    private static final long SECOND = 1_000_000_000;

    private final CpuRate rate = new CpuRate();

    @Test
    void shouldBeWhatWasUsedPerSecondSinceTheLookBefore() {
        assertThat(rate.look(100 * SECOND, 5 * SECOND)).isEmpty();
        assertThat(rate.look(102 * SECOND, 6 * SECOND)).hasValue(SECOND / 2);
        assertThat(rate.look(103 * SECOND, 6 * SECOND)).hasValue(0);
    }

    @Test
    void shouldNotBeMadeOfMoments() {
        rate.look(100 * SECOND, 0);
        rate.look(101 * SECOND, SECOND);

        assertThat(rate.look(101 * SECOND + 1, SECOND)).hasValue(SECOND);
        assertThat(rate.look(103 * SECOND, SECOND)).hasValue(0);
    }

    @Test
    void shouldNotOverflowOnALargeNodeThatIsRarelyLookedAt() {
        rate.look(0, 0);

        assertThat(rate.look(86_400 * SECOND, 86_400 * SECOND * 256)).hasValue(256 * SECOND);
    }

    @Test
    void shouldBeginAnewWhenTheClockIsTurnedBack() {
        rate.look(100 * SECOND, 0);

        assertThat(rate.look(50 * SECOND, SECOND)).isEmpty();
        assertThat(rate.look(51 * SECOND, 2 * SECOND)).hasValue(SECOND);
    }
}
