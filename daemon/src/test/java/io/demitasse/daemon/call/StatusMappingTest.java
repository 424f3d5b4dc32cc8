package io.demitasse.daemon.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What a client is told of a failure. */
class StatusMappingTest {
    @Test
    void shouldTellWhoseFaultItIs() {
        assertThat(code(RequestException.invalid("x"))).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(code(RequestException.notFound("x"))).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(code(RequestException.exists("x"))).isEqualTo(Status.Code.ALREADY_EXISTS);
        assertThat(code(RequestException.state("x"))).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(code(RequestException.late("x"))).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(code(RequestException.aborted("x"))).isEqualTo(Status.Code.ABORTED);
        assertThat(code(RequestException.exhausted("x"))).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(code(RequestException.unavailable("x"))).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(code(RequestException.unimplemented("x"))).isEqualTo(Status.Code.UNIMPLEMENTED);
        assertThat(code(new IllegalArgumentException("x"))).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(code(new InterruptedException("x"))).isEqualTo(Status.Code.CANCELLED);
        assertThat(code(new IOException("x"))).isEqualTo(Status.Code.UNKNOWN);
        assertThat(code(new IllegalStateException("x"))).isEqualTo(Status.Code.INTERNAL);
    }

    @Test
    void shouldOwnUpToWhatNoClientCouldHelp() {
        assertThat(StatusMapping.isOurs(new IOException("x"))).isTrue();
        assertThat(StatusMapping.isOurs(new AssertionError("x"))).isTrue();
        assertThat(StatusMapping.isOurs(RequestException.invalid("x"))).isFalse();
        assertThat(StatusMapping.isOurs(RequestException.unavailable("x"))).isFalse();
    }

    @Test
    void shouldSayEachClauseOnce() {
        var cause = new IOException("open(/x) = ENOENT", new IllegalStateException());
        var failure = new IOException("cannot start c", cause);
        var wrapped = new IOException("cannot do it: " + cause.getMessage(), cause);

        assertThat(StatusMapping.of(failure).getStatus().getDescription())
                .isEqualTo("cannot start c: open(/x) = ENOENT: java.lang.IllegalStateException");
        assertThat(StatusMapping.of(wrapped).getStatus().getDescription())
                .isEqualTo("cannot do it: open(/x) = ENOENT: java.lang.IllegalStateException");
        assertThat(StatusMapping.of(failure)).hasCause(failure);
    }

    @Test
    void shouldSayInASentenceWhatIsNotThere() {
        var generated = Status.UNIMPLEMENTED.withDescription("Method x is unimplemented");
        var ours = Status.UNIMPLEMENTED.withDescription("labels are not available yet");
        var other = Status.INTERNAL.withDescription("Method x is unimplemented");

        assertThat(StatusMapping.explained(generated, "Version").getDescription())
                .isEqualTo("Version is not available in this version of demitasse yet");
        assertThat(StatusMapping.explained(ours, "Version")).isSameAs(ours);
        assertThat(StatusMapping.explained(other, "Version")).isSameAs(other);
    }

    private static Status.Code code(Throwable failure) {
        return StatusMapping.of(failure).getStatus().getCode();
    }
}
