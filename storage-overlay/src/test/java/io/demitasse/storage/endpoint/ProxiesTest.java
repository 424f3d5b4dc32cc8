package io.demitasse.storage.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The environment as programs in Go read it. */
class ProxiesTest {
    private static final URI PROXY = URI.create("http://proxy.example:3128");

    private static Proxies except(String exceptions) {
        return Proxies.of(
                Map.of(
                        "HTTP_PROXY",
                        PROXY.toString(),
                        "https_proxy",
                        "proxy.example:3128",
                        "NO_PROXY",
                        exceptions));
    }

    @Test
    void shouldChooseByTheSchemeOfTheAddress() {
        var proxies = Proxies.of(Map.of("HTTPS_PROXY", "secure.example", "http_proxy", "plain:81"));

        assertThat(proxies.to(URI.create("https://a.example")))
                .hasValue(URI.create("http://secure.example"));
        assertThat(proxies.proxy(URI.create("http://a.example")).address())
                .hasToString("plain/<unresolved>:81");
        assertThat(Proxies.NONE.to(URI.create("http://a.example"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "http://registry.example, '', true",
        "https://registry.example, '', true",
        "http://localhost:5000, '', false",
        "http://127.0.0.9:5000, '', false",
        "http://[::1]:5000, '', false",
        "http://registry.example, *, false",
        "http://registry.example, 'a.example, example', false",
        "http://registry.example, .example, false",
        "http://example, .example, true",
        "http://example, example, false",
        "http://registry.example, gistry.example, true",
        "http://REGISTRY.example, registry.EXAMPLE, false",
        "http://registry.example, registry.example:80, false",
        "https://registry.example, registry.example:80, true",
        "https://registry.example:80, registry.example:80, false",
        "http://10.1.2.3, 10.0.0.0/8, false",
        "http://11.1.2.3, 10.0.0.0/8, true",
        "http://10.1.2.3, 10.1.2.3, false",
        "http://10.1.2.3:81, 10.1.2.3:80, true",
        "http://[fd00::1], fd00::/16, false",
        "http://[fd00::1], fd00::1, false",
        "http://[fd00::1]:80, [fd00::1]:80, false",
    })
    void shouldMakeExceptions(String address, String exceptions, boolean proxied) {
        assertThat(except(exceptions).to(URI.create(address)).isPresent()).isEqualTo(proxied);
    }

    @ParameterizedTest
    @CsvSource({
        "http://my_proxy:3128, my_proxy/<unresolved>:3128",
        "my_proxy, my_proxy/<unresolved>:80",
        "http://me:p|ss{^@my_proxy:3128/, my_proxy/<unresolved>:3128",
        "socks5://my_proxy, my_proxy/<unresolved>:1080",
        "HTTP://[::1]:3128, ::1/<unresolved>:3128",
    })
    void shouldTakeAddressesThatOthersTake(String written, String expected) {
        var proxies = Proxies.of(Map.of("HTTP_PROXY", written, "NO_PROXY", "other_host"));

        assertThat(proxies.proxy(URI.create("http://some_host:5000/x")).address())
                .hasToString(expected);
        assertThat(proxies.to(URI.create("http://other_host:5000/x"))).isEmpty();
    }

    @Test
    void shouldRefuseWhatIsNoProxy() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Proxies.of(Map.of("HTTP_PROXY", "ftp://a")))
                .withMessageContaining("http_proxy");
    }
}
