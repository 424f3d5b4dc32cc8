package io.demitasse.daemon.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The ends of what may be set. */
class SettingsTest {
    private static final NetworkSettings NETWORK = NetworkSettings.defaults();

    @Test
    void shouldTakeTheSmallestAndTheLargestNumbers() {
        assertThat(NETWORK.withMtu(576).mtu()).isEqualTo(576);
        assertThat(NETWORK.withMtu(65_535).mtu()).isEqualTo(65_535);
        assertThat(NETWORK.withReadyPods(0).readyPods()).isZero();
        assertThat(NETWORK.withReadyPods(100).readyPods()).isEqualTo(100);
    }

    @Test
    void shouldRefuseNumbersBeyond() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NETWORK.withMtu(575))
                .withMessage("network.mtu must lie between 576 and 65535, not 575");
        assertThatIllegalArgumentException().isThrownBy(() -> NETWORK.withMtu(65_536));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NETWORK.withReadyPods(101))
                .withMessage("network.ready_pods must lie between 0 and 100, not 101");
        assertThatIllegalArgumentException().isThrownBy(() -> NETWORK.withReadyPods(-1));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:0, 127.0.0.1, 0",
        "0.0.0.0:65535, 0.0.0.0, 65535",
        "[::1]:80, ::1, 80",
        "::1:80, ::1, 80"
    })
    void shouldListenForStreamsAtAnAddress(String text, String host, int port) {
        assertThat(StreamingSettings.parse(text).listen())
                .isEqualTo(new InetSocketAddress(host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ":80", "80", "localhost:80", "127.0.0.1:", "127.0.0.1:65536", "[::1]"})
    void shouldRefuseAPlaceForStreamsThatIsNoAddress(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StreamingSettings.parse(text))
                .withMessage("streaming.listen must look like 127.0.0.1:0, not \"%s\"", text);
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1:9323, 127.0.0.1, 9323", "[::1]:1, ::1, 1", "localhost:2, localhost, 2"})
    void shouldGiveFiguresAtAnAddress(String text, String host, int port) {
        assertThat(new MetricsSettings(text).address()).hasValue(new InetSocketAddress(host, port));
    }

    @Test
    void shouldGiveFiguresNowhereUnlessAsked() {
        assertThat(MetricsSettings.defaults().address()).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MetricsSettings("example.com:80"))
                .withMessageContaining("not \"example.com:80\"");
    }
}
