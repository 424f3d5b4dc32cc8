package io.demitasse.linux.security;

import static io.demitasse.linux.security.Capability.CAP_CHOWN;
import static io.demitasse.linux.security.Capability.CAP_KILL;
import static io.demitasse.linux.security.Capability.CAP_NET_ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class CapabilitySetTest {
    private static final CapabilitySet ALL = new CapabilitySet(0x1ffffffffffL);

    @Test
    void shouldHaveTheBitsThatContainersAreUsedTo() {
        assertThat(CapabilitySet.DEFAULT).isEqualTo(new CapabilitySet(0xa80425fbL));
        assertThat(CapabilitySet.DEFAULT.capabilities()).hasSize(14);
    }

    @Test
    void shouldParseNamesWithAndWithoutPrefixInAnyCase() {
        assertThat(Capability.parse("NET_ADMIN")).isEqualTo(CAP_NET_ADMIN);
        assertThat(Capability.parse("CAP_NET_ADMIN")).isEqualTo(CAP_NET_ADMIN);
        assertThat(Capability.parse("net_admin")).isEqualTo(CAP_NET_ADMIN);
    }

    @Test
    void shouldNameTheUnknownCapability() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CapabilitySet.DEFAULT.adjusted(List.of("FLY"), List.of(), ALL))
                .withMessage("unknown capability \"FLY\"");
    }

    @Test
    void shouldAddAndRemove() {
        var adjusted =
                CapabilitySet.of(CAP_CHOWN).adjusted(List.of("KILL"), List.of("CAP_CHOWN"), ALL);

        assertThat(adjusted).isEqualTo(CapabilitySet.of(CAP_KILL));
    }

    @Test
    void shouldRemoveWhatIsAddedAsWell() {
        assertThat(CapabilitySet.NONE.adjusted(List.of("KILL", "CHOWN"), List.of("KILL"), ALL))
                .isEqualTo(CapabilitySet.of(CAP_CHOWN));
    }

    @Test
    void shouldRemoveFromAllAndAddToNone() {
        assertThat(CapabilitySet.DEFAULT.adjusted(List.of("ALL"), List.of("KILL"), ALL))
                .isEqualTo(ALL.without(CapabilitySet.of(CAP_KILL)));
        assertThat(CapabilitySet.DEFAULT.adjusted(List.of("KILL"), List.of("all"), ALL))
                .isEqualTo(CapabilitySet.of(CAP_KILL));
        assertThat(CapabilitySet.DEFAULT.adjusted(List.of(), List.of("ALL"), ALL))
                .isEqualTo(CapabilitySet.NONE);
    }

    @Test
    void shouldHoldAtMostWhatTheKernelKnows() throws Exception {
        var kernel = CapabilitySet.ofKernel();

        assertThat(kernel.with(CapabilitySet.ofThisProcess())).isEqualTo(kernel);
        assertThat(kernel.contains(Capability.CAP_CHECKPOINT_RESTORE)).isTrue();
    }
}
