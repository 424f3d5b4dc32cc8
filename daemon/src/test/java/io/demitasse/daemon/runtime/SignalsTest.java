package io.demitasse.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.cri.v1.Signal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalsTest {
    @ParameterizedTest
    @CsvSource({
        "SIGTERM,15",
        "TERM,15",
        "9,9",
        "SIGRTMIN+3,37",
        "RTMAX-14,50",
        "1,1",
        "64,64",
        "RTMIN+30,64",
        "RTMAX-30,34",
        "RTMAX,64",
        "SIGRTMIN,34",
        "sigquit,3"
    })
    void shouldKnowSignalsByAnyOfTheirNames(String name, int number) {
        assertThat(Signals.number(name)).hasValue(number);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "SIGNOTHING", "0", "65", "RTMIN+99", "RTMIN+31", "RTMAX-31", "RTMIN-1"})
    void shouldNotKnowWhatIsNoSignal(String name) {
        assertThat(Signals.number(name)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Signal.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"SIGNAL_RUNTIME_DEFAULT", "UNRECOGNIZED"})
    void shouldHaveANumberForEverySignalOfCri(Signal signal) {
        assertThat(Signals.number(signal)).isPresent();
    }

    @Test
    void shouldNameEveryNumberAsCriDoes() {
        assertThat(Signals.named(15)).isEqualTo(Signal.SIGNAL_SIGTERM);
        assertThat(Signals.named(37)).isEqualTo(Signal.SIGNAL_SIGRTMINPLUS3);
        assertThat(Signals.named(50)).isEqualTo(Signal.SIGNAL_SIGRTMAXMINUS14);
    }

    @Test
    void shouldLeaveTheDefaultToTheRuntime() {
        assertThat(Signals.number(Signal.SIGNAL_RUNTIME_DEFAULT)).isEmpty();
        assertThat(Signals.number(Signal.SIGNAL_SIGRTMAXMINUS14)).hasValue(50);
    }
}
