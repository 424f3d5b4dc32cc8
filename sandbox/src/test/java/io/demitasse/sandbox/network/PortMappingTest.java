package io.demitasse.sandbox.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.demitasse.sandbox.network.PortMapping.HostPort;
import io.demitasse.sandbox.network.PortMapping.Protocol;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PortMappingTest {
    private static final InetAddress ANY = InetAddress.ofLiteral("0.0.0.0");

    private static HostPort port(int number) {
        return new HostPort(Protocol.TCP, ANY, number);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 65_536})
    void shouldRefuseWhatIsNoPort(int number) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> port(number))
                .withMessage("host port %d is not between 1 and 65535", number);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PortMapping(port(80), number))
                .withMessage("container port %d is not between 1 and 65535", number);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 65_535})
    void shouldTakeTheFirstAndTheLastPort(int number) {
        var mapping = new PortMapping(port(number), number);

        assertThat(mapping.target()).isEqualTo(mapping.port().number()).isEqualTo(number);
    }

    @ParameterizedTest
    @CsvSource({"TCP, 6, tcp", "UDP, 17, udp", "SCTP, 132, sctp"})
    void shouldKnowProtocolsAsTheKernelAndNftDo(Protocol protocol, int number, String name) {
        assertThat(protocol.number()).isEqualTo(number);
        assertThat(protocol).hasToString(name);
    }

    @Test
    void shouldTellOneAddressFromEveryAddress() {
        var one = new HostPort(Protocol.UDP, InetAddress.ofLiteral("192.0.2.7"), 53);

        assertThat(port(80).isAtEveryAddress()).isTrue();
        assertThat(one.isAtEveryAddress()).isFalse();
        assertThat(one).hasToString("udp 192.0.2.7:53");
    }

    @Test
    void shouldRefuseAddressesThatTheNetworkDoesNotHave() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HostPort(Protocol.TCP, InetAddress.ofLiteral("::1"), 80))
                .withMessageContaining("IPv4 only");
    }
}
