package io.demitasse.storage.registry;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeLocalAddressesTest {
    private static void lead(String base, String to) throws PullException {
        NodeLocalAddresses.refuse(
                URI.create("http://" + base), URI.create("http://" + to), Proxy.NO_PROXY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "[2001:db8::1]", NamesOfTests.BOTH})
    void shouldLetARegistryThatOthersReachLeadNowhereThatTheNodeAloneIsServed(String base) {
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> lead(base, "169.254.169.254"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[::ffff:169.254.169.254]", "2852039166", NamesOfTests.BOTH})
    void shouldKnowTheAddressHoweverItIsWritten(String to) {
        assertThatExceptionOfType(PullException.class).isThrownBy(() -> lead("192.0.2.1", to));
    }

    @ParameterizedTest
    @ValueSource(strings = {"169.254.25.10:5000", "[fe80::1]"})
    void shouldLetARegistryOfTheNodeLeadToANeighbour(String base) {
        assertThatCode(() -> lead(base, "169.254.25.11")).doesNotThrowAnyException();
    }

    /** A proxy looks names up itself, so that nobody here knows where the registry is. */
    @Test
    void shouldLetARegistryBehindAProxyLeadNowhereThatTheNodeAloneIsServed() {
        var proxy =
                new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy.test", 80));

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() ->
                        NodeLocalAddresses.refuse(
                                URI.create("http://registry.test"),
                                URI.create("http://169.254.169.254"),
                                proxy));
    }
}
