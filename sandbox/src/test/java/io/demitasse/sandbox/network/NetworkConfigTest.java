package io.demitasse.sandbox.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkConfigTest {
    private static final Subnet SUBNET = Subnet.parse("10.88.0.0/16");
    private static final int GROUP_OF_DEMI0 = 0x3a40ccc8;

    @ParameterizedTest
    @ValueSource(strings = {"", "0demi", "-demi", "demi.0", "demi 0", "abcdefghijklmnop"})
    void shouldRefuseWhatCannotNameABridge(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NetworkConfig.DEFAULT.with(name, SUBNET))
                .withMessage("\"%s\" cannot name a bridge", name);
    }

    @Test
    void shouldTakeTheLongestNameAndTheSmallestSubnet() {
        var config = NetworkConfig.DEFAULT.with("abcdefghijklmno", Subnet.parse("10.0.0.0/30"));

        assertThat(config.gateway().getHostAddress()).isEqualTo("10.0.0.1");
    }

    @Test
    void shouldSayWhichSubnetsItHasNoUseFor() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NetworkConfig.DEFAULT.with("demi0", Subnet.parse("10.0.0.0/31")))
                .withMessage("subnet 10.0.0.0/31 of demi0 has no room for a gateway and a pod");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NetworkConfig.DEFAULT.with("demi0", Subnet.parse("fd00::/16")))
                .withMessageContaining("IPv4 only");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1279, 65_536})
    void shouldRefuseAnMtuThatNothingCarries(int mtu) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NetworkConfig("demi0", SUBNET, mtu, true))
                .withMessage("MTU %d of demi0", mtu);
    }

    @ParameterizedTest
    @ValueSource(ints = {1280, 65_535})
    void shouldTakeTheSmallestAndTheLargestMtu(int mtu) {
        assertThat(new NetworkConfig("demi0", SUBNET, mtu, false).mtu()).isEqualTo(mtu);
    }

    /** Half of CRC-32, as gzip(1) computes it. */
    @Test
    void shouldHaveAGroupOfInterfacesThatIsItsOwn() {
        var other = NetworkConfig.DEFAULT.with("demi1", SUBNET);

        assertThat(NetworkConfig.DEFAULT.group()).isPositive().isEqualTo(GROUP_OF_DEMI0);
        assertThat(other.group()).isPositive().isNotEqualTo(NetworkConfig.DEFAULT.group());
    }
}
