package io.demitasse.sandbox.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubnetTest {
    @ParameterizedTest
    @CsvSource({
        "10.88.0.0/16, 0, 10.88.0.0",
        "10.88.3.7/16, 256, 10.88.1.0",
        "10.88.0.0/16, 65535, 10.88.255.255",
        "192.168.255.0/23, 257, 192.168.255.1",
        "fd00::/64, 65537, fd00:0:0:0:0:0:1:1"
    })
    void shouldCountAddressesFromTheFirst(String subnet, long offset, String address) {
        var parsed = Subnet.parse(subnet);

        assertThat(parsed.address(offset).getHostAddress()).isEqualTo(address);
        assertThat(parsed.offset(parsed.address(offset))).isEqualTo(offset);
    }

    @Test
    void shouldKnowWhatItContains() {
        var subnet = Subnet.parse("10.88.0.0/13");

        assertThat(subnet.contains(InetAddress.ofLiteral("10.95.255.255"))).isTrue();
        assertThat(subnet.contains(InetAddress.ofLiteral("10.96.0.0"))).isFalse();
        assertThat(subnet.contains(InetAddress.ofLiteral("fd00::1"))).isFalse();
        assertThat(subnet.size()).isEqualTo(1 << 19);
    }

    @Test
    void shouldHaveNoAddressBeforeTheFirstAndAfterTheLast() {
        var subnet = Subnet.parse("10.88.0.0/30");

        assertThat(subnet).hasToString("10.88.0.0/30");
        assertThat(subnet.address(3).getHostAddress()).isEqualTo("10.88.0.3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> subnet.address(4))
                .withMessage("no address 4 in 10.88.0.0/30");
        assertThatIllegalArgumentException().isThrownBy(() -> subnet.address(-1));
    }

    @Test
    void shouldBeOneAddressOrAllOfThem() {
        assertThat(Subnet.parse("10.88.0.7/32").size()).isEqualTo(1);
        assertThat(Subnet.parse("0.0.0.0/0").contains(InetAddress.ofLiteral("255.0.0.1"))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10.0.0.0",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/x",
                "example.com/8",
                "/8"
            })
    void shouldRefuseWhatIsNoSubnet(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Subnet.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/31", "fd00::/64"})
    void shouldRefuseSubnetsTheBridgeCannotUse(String subnet) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NetworkConfig.DEFAULT.with("demi0", Subnet.parse(subnet)));
    }
}
