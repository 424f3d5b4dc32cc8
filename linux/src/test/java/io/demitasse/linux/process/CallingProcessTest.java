package io.demitasse.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

/** On the real kernel; needs no privilege. */
class CallingProcessTest {
    private static final int PR_GET_DUMPABLE = 3;

    @Test
    void shouldNotBeDumpedOnceItRefused() throws Exception {
        assertThat(dumpable()).isEqualTo(1);

        CallingProcess.refuseDumps();

        assertThat(dumpable()).isZero();
    }

    private static long dumpable() {
        try (var arena = Arena.ofConfined()) {
            return Kernel.call(CallState.in(arena), SystemCall.PRCTL, PR_GET_DUMPABLE, 0, 0, 0, 0);
        }
    }
}
