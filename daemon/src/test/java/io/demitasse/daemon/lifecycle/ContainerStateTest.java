package io.demitasse.daemon.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.demitasse.daemon.lifecycle.ContainerState.Created;
import io.demitasse.daemon.lifecycle.ContainerState.Ended;
import io.demitasse.daemon.lifecycle.ContainerState.Exited;
import io.demitasse.daemon.lifecycle.ContainerState.Running;
import io.demitasse.daemon.lifecycle.ContainerState.Started;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContainerStateTest {
    private static final Started STARTED = new Started(Instant.ofEpochSecond(1), 42);
    private static final Ended ENDED = new Ended(Instant.ofEpochSecond(2), 7, "Error", "");

    @Test
    void shouldKeepWhenItStartedUntilItHasEnded() {
        var running = new Created().after(STARTED);

        assertThat(running).isEqualTo(new Running(Instant.ofEpochSecond(1), 42));
        assertThat(running.after(ENDED))
                .isEqualTo(new Exited(Optional.of(Instant.ofEpochSecond(1)), ENDED));
    }

    @Test
    void shouldEndWithoutStartWhenItCouldNotBeStarted() {
        assertThat(new Created().after(ENDED)).isEqualTo(new Exited(Optional.empty(), ENDED));
    }

    @Test
    void shouldNameBothSidesOfAnIllegalStep() {
        var exited = new Exited(Optional.empty(), ENDED);

        assertThatIllegalStateException()
                .isThrownBy(() -> exited.after(STARTED))
                .withMessageContaining("Exited")
                .withMessageContaining("Started");
    }
}
