package io.demitasse.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DnsConfigTest {
    @Test
    void shouldSayInResolvConfWhatItWasTold() {
        var config =
                new DnsConfig(
                        List.of("1.1.1.1", "8.8.8.8"),
                        List.of("a.example", "b.example"),
                        List.of("ndots:5", "edns0"));

        assertThat(config.text())
                .isEqualTo(
                        """
                        search a.example b.example
                        nameserver 1.1.1.1
                        nameserver 8.8.8.8
                        options ndots:5 edns0
                        """);
    }

    @Test
    void shouldNotMentionWhatIsNotSet() {
        var config = new DnsConfig(List.of("1.1.1.1"), List.of(), List.of());

        assertThat(config.text()).isEqualTo("nameserver 1.1.1.1\n");
        assertThat(DnsConfig.OF_NODE.text()).isEmpty();
    }

    @Test
    void shouldBeTheNodesOnlyIfNothingIsSet() {
        assertThat(DnsConfig.OF_NODE.isOfNode()).isTrue();
        assertThat(new DnsConfig(List.of("x"), List.of(), List.of()).isOfNode()).isFalse();
        assertThat(new DnsConfig(List.of(), List.of("x"), List.of()).isOfNode()).isFalse();
        assertThat(new DnsConfig(List.of(), List.of(), List.of("x")).isOfNode()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\tb", "a\nb", "a\u007f"})
    void shouldRefuseWhatIsNotOneWord(String text) {
        var words = List.of(text);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DnsConfig(words, List.of(), List.of()))
                .withMessageContaining("nameserver \"" + text + "\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DnsConfig(List.of(), words, List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DnsConfig(List.of(), List.of(), words));
    }
}
