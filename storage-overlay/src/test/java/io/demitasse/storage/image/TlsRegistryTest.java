package io.demitasse.storage.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.storage.credential.Credential;
import io.demitasse.storage.credential.CredentialFiles;
import io.demitasse.storage.credential.RequestCredential;
import io.demitasse.storage.endpoint.HostDirectories;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.DockerRegistry;
import io.demitasse.storage.registry.LyingRegistry;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import io.demitasse.storage.registry.RegistryAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real registry that wants TLS, a client certificate, and a name and a password. */
@Timeout(120)
class TlsRegistryTest {
    /** openssl's words for three forms of private key: PKCS#8, SEC1, PKCS#1. */
    private static final String MAKE_CERTIFICATES =
            """
            set -e
            openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca
            sign() {
                openssl req -new -key $1.key -subj /CN=$1 | openssl x509 -req -CA ca.pem \
                    -CAkey ca.key -CAcreateserial -days 2 -extfile san -out $1.pem
            }
            echo subjectAltName=IP:127.0.0.1 > san
            openssl genpkey -algorithm RSA -out server.key; sign server
            openssl ecparam -name prime256v1 -genkey -noout -out sec1.key; sign sec1
            openssl genrsa -traditional -out pkcs1.key; sign pkcs1
            openssl genpkey -algorithm ED25519 -out pkcs8.key; sign pkcs8
            cat pkcs1.pem pkcs1.key > both.pem
            """;

    @TempDir static Path shared;
    private static DockerRegistry registry;

    @TempDir Path path;
    private Path certs;
    private ImageStore images;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        assumeTrue(DockerRegistry.isInstalled(), "needs docker-registry and skopeo: run ./test");
        DockerRegistry.run(List.of("sh", "-c", "cd " + shared + "\n" + MAKE_CERTIFICATES));
        Files.writeString(
                shared.resolve("htpasswd"),
                "me:$2b$04$P2sl8Z0wRAEUADsh9SallOs8tRiGI673clIs.Fj6Zxo8WeeLVguSy\n"); // "secret"
        registry =
                DockerRegistry.start(
                        shared,
                        """
                          tls: {certificate: DIR/server.pem, key: DIR/server.key, clientcas: [DIR/ca.pem]}
                        auth:
                          htpasswd: {realm: test, path: DIR/htpasswd}
                        """
                                .replace("DIR", shared.toString()));
        var layout =
                new TestLayout(Files.createDirectory(shared.resolve("layout")))
                        .layer(new TarBytes().file("f", "contents").bytes())
                        .finish("{}");
        var client = Files.createDirectory(shared.resolve("client"));
        Files.copy(shared.resolve("pkcs1.pem"), client.resolve("client.cert"));
        Files.copy(shared.resolve("pkcs1.key"), client.resolve("client.key"));
        registry.push(
                layout,
                "app",
                "oci",
                List.of("--dest-creds", "me:secret", "--dest-cert-dir", client.toString()));
    }

    @AfterAll
    static void stop() {
        if (registry != null) {
            registry.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        certs = Files.createDirectories(path.resolve("certs.d"));
        images =
                ImageStore.open(
                        path.resolve("store"),
                        RegistryAccess.of(
                                new HostDirectories(List.of(certs)),
                                new CredentialFiles(List.of(path.resolve("auth.json")))));
    }

    @AfterEach
    void close() {
        images.close();
    }

    private void hosts(String settings) throws IOException {
        var host = Reference.parse(registry.name("app")).domain();
        var directory = Files.createDirectories(certs.resolve(host));
        Files.writeString(
                directory.resolve("hosts.toml"),
                "server = \"https://" + host + "\"\n" + settings.replace("DIR", shared.toString()));
    }

    private Image pull(String password) throws PullException {
        return images.pull(
                PullRequest.of(Reference.parse(registry.name("app")))
                        .with(new RequestCredential(Credential.of("me", password), "")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ca = 'DIR/ca.pem'\nclient = [['DIR/sec1.pem', 'DIR/sec1.key']]",
                "ca = 'DIR/ca.pem'\nclient = [['DIR/pkcs1.pem', 'DIR/pkcs1.key']]",
                "ca = 'DIR/ca.pem'\nclient = [['DIR/pkcs8.pem', 'DIR/pkcs8.key']]",
                "skip_verify = true\nclient = 'DIR/both.pem'"
            })
    void shouldPullWithCertificateAndPassword(String settings) throws IOException {
        hosts(settings);

        assertThat(pull("secret").layers()).hasSize(1);
    }

    @Test
    void shouldTakeTheNodesPasswordFromDockersFile() throws IOException {
        hosts("skip_verify = true\nclient = 'DIR/both.pem'");
        var host = Reference.parse(registry.name("app")).domain();
        Files.writeString(
                path.resolve("auth.json"),
                "{\"auths\":{\"" + host + "\":{\"username\":\"me\",\"password\":\"secret\"}}}");

        assertThat(images.pull(PullRequest.of(Reference.parse(registry.name("app")))).layers())
                .hasSize(1);
    }

    /** Or whoever is on the way could read the password that is shown there. */
    @Test
    void shouldNotFetchTokensInTheClearForARegistryThatSpeaksTls() throws Exception {
        var directory = Files.createDirectory(path.resolve("tokens"));
        try (var clear = new LyingRegistry();
                var tokens =
                        DockerRegistry.start(
                                directory,
                                """
                                  tls: {certificate: DIR/server.pem, key: DIR/server.key}
                                auth:
                                  token: {realm: "http://HOST/token", service: s, issuer: i, rootcertbundle: DIR/ca.pem}
                                """
                                        .replace("DIR", shared.toString())
                                        .replace("HOST", clear.host()))) {
            var reference = Reference.parse(tokens.name("app"));
            var host = Files.createDirectories(certs.resolve(reference.domain()));
            Files.writeString(
                    host.resolve("hosts.toml"),
                    "server = \"https://%s\"\nskip_verify = true\n".formatted(reference.domain()));
            var credential = new RequestCredential(Credential.of("me", "secret"), "");

            assertThatExceptionOfType(PullException.class)
                    .isThrownBy(() -> images.pull(PullRequest.of(reference).with(credential)))
                    .withMessageContaining("has tokens at \"http://" + clear.host() + "/token\"")
                    .matches(failure -> failure.reason() == Reason.UNAVAILABLE);
            assertThat(clear.asked()).isEmpty();
        }
    }

    @Test
    void shouldRefuseWrongPasswordAuthorityAndCertificate() throws IOException {
        hosts("skip_verify = true\nclient = 'DIR/both.pem'");
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull("wrong"))
                .matches(failure -> failure.reason() == Reason.DENIED)
                .withMessageContaining("with these credentials");

        hosts("client = 'DIR/both.pem'");
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull("secret"))
                .matches(failure -> failure.reason() == Reason.UNAVAILABLE)
                .withMessageContaining("certification path");

        hosts("skip_verify = true");
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull("secret"))
                .matches(failure -> failure.reason() == Reason.UNAVAILABLE);

        hosts("ca = 'DIR/none.pem'");
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull("secret"))
                .matches(failure -> failure.reason() == Reason.MISCONFIGURED)
                .havingCause()
                .withMessageContaining("none.pem");
    }
}
