package io.demitasse.storage.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.credential.Credentials;
import io.demitasse.storage.endpoint.HostDirectories;
import io.demitasse.storage.endpoint.Proxies;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.DockerRegistry;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import io.demitasse.storage.registry.RegistryAccess;
import io.demitasse.storage.registry.TinyProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Registries behind a real proxy. Their names mean nothing to us, only to the proxy: whoever does
 * not ask it gets nowhere.
 */
@Timeout(120)
class ProxyTest {
    private static final String MAKE_CERTIFICATES =
            """
            set -e
            openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca
            openssl genpkey -algorithm RSA -out server.key
            echo subjectAltName=DNS:%s > san
            openssl req -new -key server.key -subj /CN=server | openssl x509 -req -CA ca.pem \
                -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.pem
            """
                    .formatted(TinyProxy.KNOWN_HOST);

    @TempDir static Path shared;
    private static DockerRegistry plain;
    private static DockerRegistry secure;

    @TempDir Path path;
    private Path certs;
    private TinyProxy proxy;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        assumeTrue(DockerRegistry.isInstalled(), "needs docker-registry and skopeo: run ./test");
        assumeTrue(TinyProxy.isInstalled(), "needs tinyproxy: run ./test");
        var layout =
                new TestLayout(Files.createDirectory(shared.resolve("layout")))
                        .layer(new TarBytes().file("f", "contents").bytes())
                        .layer(new TarBytes().file("g", "more contents").bytes())
                        .finish("{}");
        plain = DockerRegistry.start(Files.createDirectory(shared.resolve("plain")));
        plain.push(layout, "app", "oci");
        var directory = Files.createDirectory(shared.resolve("secure"));
        DockerRegistry.run(List.of("sh", "-c", "cd " + directory + "\n" + MAKE_CERTIFICATES));
        secure =
                DockerRegistry.start(
                        directory,
                        "  tls: {certificate: DIR/server.pem, key: DIR/server.key}"
                                .replace("DIR", directory.toString()));
        secure.push(layout, "app", "oci", List.of());
    }

    @AfterAll
    static void stop() {
        for (var registry : new DockerRegistry[] {plain, secure}) {
            if (registry != null) {
                registry.close();
            }
        }
    }

    @BeforeEach
    void open() throws Exception {
        certs = Files.createDirectories(path.resolve("certs.d"));
        proxy = TinyProxy.start(Files.createDirectory(path.resolve("proxy")), "");
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        assertThat(OpenFiles.below(path)).isEmpty();
    }

    /** The registry by the name that the proxy knows it by, and how it is to be asked. */
    private String hidden(DockerRegistry registry, String scheme) throws IOException {
        var host = Reference.parse(registry.name("app")).domain();
        var name = host.replace("127.0.0.1", TinyProxy.KNOWN_HOST);
        Files.writeString(
                Files.createDirectories(certs.resolve(name)).resolve("hosts.toml"),
                "server = \"%s://%s\"\nca = '%s'\n"
                        .formatted(scheme, name, shared.resolve("secure/ca.pem")));
        return name + "/app";
    }

    private Image pull(String name, Map<String, String> environment) throws IOException {
        var access =
                RegistryAccess.of(new HostDirectories(List.of(certs)), Credentials.ANONYMOUS)
                        .with(Proxies.of(environment));
        try (var images = ImageStore.open(path.resolve("store"), access)) {
            return images.pull(PullRequest.of(Reference.parse(name)));
        }
    }

    @Test
    void shouldPullThroughTheProxyOfPlainHttp() throws IOException {
        var name = hidden(plain, "http");

        assertThat(pull(name, Map.of("HTTP_PROXY", proxy.address())).layers()).hasSize(2);
        assertThat(proxy.log()).contains("GET http://" + TinyProxy.KNOWN_HOST);
    }

    @Test
    void shouldPullThroughATunnelWhereTheRegistrySpeaksTls() throws IOException {
        var name = hidden(secure, "https");

        assertThat(pull(name, Map.of("https_proxy", proxy.address())).layers()).hasSize(2);
        assertThat(proxy.log())
                .contains("CONNECT " + TinyProxy.KNOWN_HOST, "HTTP/1.1")
                .doesNotContain("GET http");
    }

    /** The control: by ourselves we do not find these registries. */
    @Test
    void shouldNotAskAProxyForOthersOrForExceptions() throws IOException {
        var http = hidden(plain, "http");
        var https = hidden(secure, "https");
        var address = proxy.address();

        assertNoAddress(http, Map.of());
        assertNoAddress(http, Map.of("HTTPS_PROXY", address));
        assertNoAddress(https, Map.of("HTTP_PROXY", address));
        assertNoAddress(http, Map.of("HTTP_PROXY", address, "NO_PROXY", "x,.test"));
        assertNoAddress(https, Map.of("HTTPS_PROXY", address, "no_proxy", TinyProxy.KNOWN_HOST));
        assertThat(pull(plain.name("app"), Map.of("HTTP_PROXY", address)).layers()).hasSize(2);
        assertThat(proxy.log()).doesNotContain("HTTP/1.1");
    }

    private void assertNoAddress(String name, Map<String, String> environment) {
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(name, environment))
                .withMessageContaining("has no address")
                .matches(failure -> failure.reason() == Reason.UNAVAILABLE);
    }

    @Test
    void shouldTellTheProxyItsPassword() throws Exception {
        proxy.close();
        proxy =
                TinyProxy.start(
                        Files.createDirectory(path.resolve("closed")), "BasicAuth me sec-r.t");
        var http = hidden(plain, "http");
        var https = hidden(secure, "https");
        var known = proxy.address().replace("://", "://me:sec%2Dr.t@");

        assertThat(pull(http, Map.of("HTTP_PROXY", known)).layers()).hasSize(2);
        assertThat(pull(https, Map.of("HTTPS_PROXY", known)).layers()).hasSize(2);

        var unknown = proxy.address().replace("://", "://me:wrong@");
        for (var wrong : List.of(proxy.address(), unknown)) {
            for (var name : List.of(http, https)) {
                assertThatExceptionOfType(PullException.class)
                        .isThrownBy(
                                () -> pull(name, Map.of("HTTP_PROXY", wrong, "HTTPS_PROXY", wrong)))
                        .withMessageNotContaining("wrong");
            }
        }
    }
}
