package io.demitasse.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.cri.v1.SELinuxOption;
import io.demitasse.daemon.call.RequestException;
import org.junit.jupiter.api.Test;

/** Labels that a request may have, and may not. */
class SelinuxLabelsTest {
    private final SELinuxOption label =
            SELinuxOption.newBuilder().setType("container_t").setLevel("s0:c1,c2").build();

    @Test
    void shouldRefuseALabelThatTheKernelWouldEnforce() {
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> SelinuxLabels.check(label, true))
                .withMessage(
                        "SELinux label \"::container_t:s0:c1,c2\": labels are not available yet")
                .matches(refused -> refused.kind() == RequestException.Kind.UNIMPLEMENTED);
    }

    @Test
    void shouldIgnoreALabelThatNothingEnforces() {
        assertThatCode(() -> SelinuxLabels.check(label, false)).doesNotThrowAnyException();
    }

    @Test
    void shouldTakeARequestWithoutALabel() {
        assertThatCode(() -> SelinuxLabels.check(SELinuxOption.getDefaultInstance(), true))
                .doesNotThrowAnyException();
    }
}
