package io.demitasse.storage.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.storage.endpoint.Endpoint.Role;
import io.demitasse.storage.endpoint.TlsSettings.ClientCertificate;
import io.demitasse.storage.reference.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostDirectoriesTest {
    @TempDir Path root;

    private Path write(String directory, String text) throws IOException {
        var made = Files.createDirectories(root.resolve(directory));
        Files.writeString(made.resolve("hosts.toml"), text);
        return made;
    }

    private List<Endpoint> endpoints(String name) throws EndpointException {
        return new HostDirectories(List.of(Path.of("/none"), root)).of(Reference.parse(name));
    }

    @ParameterizedTest
    @CsvSource({
        "busybox, https://registry-1.docker.io/v2",
        "registry.example/app, https://registry.example/v2",
        "localhost/app, http://localhost/v2",
        "127.0.0.1:5000/app, http://127.0.0.1:5000/v2",
        "'[::1]:5000/app', 'http://[::1]:5000/v2'",
        "localhost:443/app, https://localhost:443/v2",
        "10.0.0.1:5000/app, https://10.0.0.1:5000/v2",
    })
    void shouldAskTheServerWhenNothingIsConfigured(String name, String base)
            throws EndpointException {
        var endpoints = endpoints(name);

        assertThat(endpoints).hasSize(1);
        assertThat(endpoints.getFirst().base()).hasToString(base);
        assertThat(endpoints.getFirst().role()).isEqualTo(Role.SERVER);
    }

    @Test
    void shouldReadEveryKey() throws IOException {
        var directory =
                write(
                        "docker.io",
                        """
                        server = "https://upstream.example"
                        skip_verify = true

                        [host."https://mirror.example"]
                          capabilities = ["pull", "resolve"]
                          ca = ["one.pem", "/etc/two.pem"]
                          client = [["cert.pem", "key.pem"], "both.pem"]
                          dial_timeout = "1500ms"
                        [host."https://mirror.example".header]
                          x-one = "1"
                          x-two = ["2", "3"]

                        [host."http://cache.example:8080/some/path"]
                          override_path = true

                        [host."cache.example/v2"]
                          capabilities = ["pull"]
                        """);

        var endpoints = endpoints("busybox");

        assertThat(endpoints)
                .extracting(endpoint -> endpoint.base().toString())
                .containsExactly(
                        "https://mirror.example/v2",
                        "http://cache.example:8080/some/path",
                        "https://cache.example/v2",
                        "https://upstream.example/v2");
        assertThat(endpoints)
                .extracting(Endpoint::role)
                .containsExactly(Role.MIRROR, Role.MIRROR, Role.MIRROR, Role.SERVER);
        assertThat(endpoints.getFirst().query()).isEqualTo("ns=docker.io");
        assertThat(endpoints.getFirst().capabilities())
                .containsExactlyInAnyOrder(Capability.PULL, Capability.RESOLVE);
        assertThat(endpoints.get(2).can(Capability.RESOLVE)).isFalse();
        var transport = endpoints.getFirst().transport();
        assertThat(transport.connectTimeout()).isEqualTo(Duration.ofMillis(1500));
        assertThat(transport.headers())
                .containsEntry("x-one", List.of("1"))
                .containsEntry("x-two", List.of("2", "3"));
        assertThat(transport.tls())
                .isEqualTo(
                        new TlsSettings(
                                List.of(directory.resolve("one.pem"), Path.of("/etc/two.pem")),
                                List.of(
                                        new ClientCertificate(
                                                directory.resolve("cert.pem"),
                                                directory.resolve("key.pem")),
                                        new ClientCertificate(
                                                directory.resolve("both.pem"),
                                                directory.resolve("both.pem"))),
                                false));
        assertThat(endpoints.getLast().transport().tls().skipVerify()).isTrue();
    }

    /** As Go's time.ParseDuration, which containerd asks. */
    @ParameterizedTest
    @CsvSource({
        "1m30s, PT1M30S",
        "1.5s, PT1.5S",
        ".5m, PT30S",
        "+10s, PT10S",
        "1h0.5m, PT1H30S",
        "250us, PT0.00025S",
        "250µs, PT0.00025S",
        "1.ms, PT0.001S",
        "0, PT15S"
    })
    void shouldTakeDurationsAsGoWritesThem(String written, Duration expected) throws IOException {
        write("r.example", "[host.\"http://a\"]\ndial_timeout = \"" + written + "\"");

        assertThat(endpoints("r.example/app").getFirst().transport().connectTimeout())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "http://my_mirror:5000, http://my_mirror:5000/v2",
        "my_mirror.example, https://my_mirror.example/v2",
        "httpd.example/v2/, https://httpd.example/v2",
        "https://a.example/{x}|y^/, https://a.example/%7Bx%7D%7Cy%5E/v2",
        "HTTP://a.example:, http://a.example/v2",
    })
    void shouldTakeAddressesThatOthersTake(String written, String base) throws IOException {
        write("r.example", "server = \"%s\"\n[host.\"%s\"]".formatted(written, written));

        assertThat(endpoints("r.example/app"))
                .extracting(each -> each.base().toString())
                .containsExactly(base, base);
    }

    @Test
    void shouldPreferTheMostParticularDirectory() throws IOException {
        write("_default", "[host.\"http://default\"]");
        assertThat(endpoints("r.example:5000/app").getFirst()).hasToString("http://default");
        write("r.example:5000", "[host.\"http://colon\"]");
        assertThat(endpoints("r.example:5000/app").getFirst()).hasToString("http://colon");
        write("r.example_5000_", "[host.\"http://underscores\"]");
        assertThat(endpoints("r.example:5000/app").getFirst()).hasToString("http://underscores");
        assertThat(endpoints("r.example/app").getFirst()).hasToString("http://default");
        assertThat(endpoints("r.example/app").getLast()).hasToString("https://r.example");
    }

    @Test
    void shouldReadChangesWithoutRestart() throws IOException {
        write("r.example", "server = \"http://one\"");
        assertThat(endpoints("r.example/app")).hasToString("[http://one]");
        write("r.example", "server = \"http://two\"");
        assertThat(endpoints("r.example/app")).hasToString("[http://two]");
    }

    @Test
    void shouldTakeCertificatesAsDockerKeepsThem() throws IOException {
        var directory = Files.createDirectories(root.resolve("localhost:5000"));
        for (var name : List.of("ca.crt", "me.cert", "me.key")) {
            Files.writeString(directory.resolve(name), "");
        }

        var server = endpoints("localhost:5000/app").getFirst();

        assertThat(server.base()).hasToString("https://localhost:5000/v2");
        assertThat(server.transport().tls().authorities())
                .containsExactly(directory.resolve("ca.crt"));
        assertThat(server.transport().tls().clients())
                .containsExactly(
                        new ClientCertificate(
                                directory.resolve("me.cert"), directory.resolve("me.key")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server = 1",
                "server = \"http://\"",
                "[host",
                "host = \"a\"",
                "[host.\"http://a\"]\ncapabilities = [\"fly\"]",
                "[host.\"http://a\"]\ndial_timeout = \"soon\"",
                "[host.\"http://a\"]\nca = 5",
                "[host.\"http://a b\"]",
                "server = \"ftp://a\"",
                "server = \"http://a:70000\"",
                "[host.\"http://a\"]\ndial_timeout = \"1m-3s\"",
                "[host.\"http://a\"]\ndial_timeout = \"5\"",
                "[host.\"http://a\"]\ndial_timeout = \"-1s\""
            })
    void shouldNameTheFileWhenItIsWrong(String text) throws IOException {
        var directory = write("r.example", text);

        assertThatExceptionOfType(EndpointException.class)
                .isThrownBy(() -> endpoints("r.example/app"))
                .withMessageContaining(directory.resolve("hosts.toml").toString());
    }
}
