package io.demitasse.shim.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeccompFilterTest {
    private static final int INSTRUCTION_BYTES = 8;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 9, 4097 * INSTRUCTION_BYTES})
    void shouldRefuseWhatTheKernelDoesNotLoad(int bytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SeccompFilter.of(new byte[bytes]))
                .withMessageContaining(bytes + " bytes");
    }

    @Test
    void shouldHoldAsManyInstructionsAsTheKernel() {
        var filter = SeccompFilter.of(new byte[4096 * INSTRUCTION_BYTES], 2);

        assertThat(filter).hasToString("4096 instructions, flags 0x2");
        assertThat(filter.flags()).isEqualTo(2);
        assertThat(SeccompFilter.of(new byte[8])).hasToString("1 instructions");
    }

    @Test
    void shouldBeEqualWhereProgramAndFlagsAre() {
        var filter = SeccompFilter.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, 1);
        var same = SeccompFilter.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, 1);

        assertThat(filter).isEqualTo(same).hasSameHashCodeAs(same).isNotEqualTo("a program");
        assertThat(filter.hashCode()).isNotZero();
        assertThat(filter)
                .isNotEqualTo(SeccompFilter.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 9}, 1))
                .isNotEqualTo(SeccompFilter.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, 0));
    }
}
