package io.demitasse.storage.image;

import static io.demitasse.storage.registry.LyingRegistry.content;
import static io.demitasse.storage.registry.LyingRegistry.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.credential.Credentials;
import io.demitasse.storage.endpoint.HostDirectories;
import io.demitasse.storage.endpoint.Proxies;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.LyingRegistry;
import io.demitasse.storage.registry.LyingRegistry.Answer;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import io.demitasse.storage.registry.RegistryAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What registries really send, though no specification says so, and what they say themselves. */
@Timeout(120)
class TolerantPullTest {
    private static final String MANIFEST = "/v2/app/manifests/latest";

    @TempDir Path path;
    private Path certs;
    private LyingRegistry registry;
    private ImageStore images;
    private TestImage image;
    private String blob;

    @BeforeEach
    void open() throws IOException {
        certs = Files.createDirectories(path.resolve("certs.d"));
        registry = new LyingRegistry();
        open(Proxies.NONE);
        image = TestImage.of(new TarBytes().file("f", "contents").bytes());
        image.serve(registry, "/v2/app");
        blob = "/v2/app/blobs/" + image.layerDigest();
    }

    private void open(Proxies proxies) throws IOException {
        images =
                ImageStore.open(
                        path.resolve("store"),
                        RegistryAccess.of(
                                        new HostDirectories(List.of(certs)), Credentials.ANONYMOUS)
                                .with(proxies));
    }

    @AfterEach
    void close() throws IOException {
        registry.close();
        images.close();
        assertThat(OpenFiles.below(path)).isEmpty();
    }

    private Image pull() throws PullException {
        return images.pull(PullRequest.of(Reference.parse(registry.host() + "/app")));
    }

    private static Answer header(String name, String value, Answer rest) {
        return exchange -> {
            exchange.getResponseHeaders().add(name, value);
            rest.give(exchange);
        };
    }

    /** Only a proxy knows these hosts, and the registry is that proxy, too. */
    @Test
    void shouldAskHostsWhoseNamesHaveUnderscores() throws IOException {
        images.close();
        open(Proxies.of(Map.of("HTTP_PROXY", "http://" + registry.host())));
        var directory = Files.createDirectories(certs.resolve(registry.host()));
        Files.writeString(
                directory.resolve("hosts.toml"),
                "server = \"http://my_registry:5000\"\n[host.\"http://my_mirror\"]\n"
                        + "capabilities = [\"pull\"]");
        registry.demand("Bearer t", "Bearer realm=\"http://my_tokens/token\",service=\"s\"")
                .open("/token")
                .on("/token", "{\"token\":\"t\"}".getBytes(UTF_8))
                .open("/storage")
                .on("/storage", image.layer())
                .on(blob, header("Location", "http://my_storage:9000/storage", status(307)));

        assertThat(pull().layers()).hasSize(1);
        assertThat(registry.asked()).contains("/token", "/storage");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "http://HOST/a|b^c{d}?sig=|^{}`\"<>%zz%41 /a|b^c{d}",
                "/a|b?x=[1]&y=a\\\\b /a|b",
                "//HOST/a%7cb /a|b",
                "../../x|y /v2/x|y",
                "?only={query} /v2/app/blobs/DIGEST",
            })
    void shouldFollowRedirectsThatAreNotEscaped(String location, String place) throws IOException {
        var there = place.replace("DIGEST", image.layerDigest().toString());
        registry.on(there, image.layer());
        registry.once(
                blob, header("Location", location.replace("HOST", registry.host()), status(302)));

        assertThat(pull().layers()).hasSize(1);
        assertThat(registry.asked()).endsWith(there);
    }

    @Test
    void shouldAskForTokensWhereTheRealmIsNotEscaped() throws IOException {
        registry.demand(
                        "Bearer t",
                        "Bearer realm=\"http://%s/{token}|x?a=^\",service=\"s\""
                                .formatted(registry.host()))
                .open("/{token}|x")
                .on("/{token}|x", "{\"token\":\"t\"}".getBytes(UTF_8));

        assertThat(pull().layers()).hasSize(1);
        assertThat(registry.queries()).anyMatch(query -> query.startsWith("a=^&service=s"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://HOST/x",
                "http://",
                "http://host:99999/x",
                "http://ho st/x",
                "http://[::1/x",
                "file:///etc/passwd",
                "jar:http://HOST/x!/"
            })
    void shouldRefuseRedirectsThatLeadNowhere(String location) {
        registry.on(
                blob, header("Location", location.replace("HOST", registry.host()), status(302)));

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(this::pull)
                .withMessageContaining("redirects to")
                .matches(failure -> failure.reason() == Reason.UNAVAILABLE);
    }

    private static Answer gzipped(byte[] plain) throws IOException {
        return header("Content-Encoding", "gzip", content(TestLayout.gzip(plain)));
    }

    @Test
    void shouldDecompressDocumentsThatComeCompressed() throws IOException {
        registry.demand("Bearer t", "Bearer realm=\"http://%s/t\"".formatted(registry.host()))
                .open("/t")
                .on("/t", gzipped("{\"token\":\"t\"}".getBytes(UTF_8)))
                .on(MANIFEST, gzipped(image.manifest()))
                .on("/v2/app/blobs/" + Digest.of(image.config()), gzipped(image.config()));
        registry.on(blob, header("Content-Encoding", "gzip", content(image.layer())));

        assertThat(pull().layers()).hasSize(1);
    }

    @Test
    void shouldNotDecompressDocumentsWithoutEnd() throws IOException {
        registry.on(MANIFEST, gzipped(new byte[64 << 20]));
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(this::pull)
                .withMessageContaining("is longer than 4194304 bytes");

        registry.on(MANIFEST, image.manifest())
                .on("/v2/app/blobs/" + Digest.of(image.config()), gzipped(new byte[64 << 20]));
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(this::pull)
                .withMessageContaining("is longer than " + image.config().length + " bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/vnd.oci.image.config.v1+json; charset=utf-8",
                "application/vnd.docker.container.image.v1+json;charset=UTF-8",
                "Application/VND.OCI.image.config.v1+JSON",
                "text/plain",
                "application/octet-stream"
            })
    void shouldTakeAnImageForOneWhateverItsConfigIsCalled(String type) throws IOException {
        var manifest =
                new String(image.manifest(), UTF_8)
                        .replace("\"config\":{", "\"config\":{\"mediaType\":\"" + type + "\",");
        registry.on(MANIFEST, manifest.getBytes(UTF_8));

        assertThat(images.isArtifact(pull())).isFalse();
    }

    private static Answer refusal(int status, String body) {
        return exchange -> {
            exchange.sendResponseHeaders(status, body.isEmpty() ? -1 : body.length());
            exchange.getResponseBody().write(body.getBytes(UTF_8));
        };
    }

    private void assertSays(int status, String body, String words) {
        registry.on(MANIFEST, refusal(status, body));
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(this::pull)
                .withMessageContaining(words);
    }

    @Test
    void shouldPassOnWhatTheRegistrySays() {
        assertSays(
                403,
                "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"requested access is denied\","
                        + "\"detail\":[{\"Type\":\"repository\"}]},{\"code\":\"MORE\"}]}",
                ": 403 DENIED: requested access is denied; MORE)");
        assertSays(
                400,
                "{\"error\":\"invalid_grant\",\"error_description\":\"who?\"}",
                ": 400 invalid_grant: who?)");
        assertSays(400, "{\"error\":\"red\\u001b[31m words\\n\"}", ": 400 red [31m words)");
        assertSays(400, "plain words", ": 400)");
        assertSays(404, "<html><body>nginx</body></html>", "/v2/app/manifests/latest: 404)");
        assertSays(
                400, "{\"error\":\"" + "x".repeat(4_000) + "\"}", ": 400 " + "x".repeat(300) + ")");
        registry.on(
                MANIFEST,
                header(
                        "Retry-After",
                        "100",
                        refusal(
                                429,
                                "{\"errors\":[{\"code\":\"TOOMANYREQUESTS\",\"message\":\"slow down\"}]}")));
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(this::pull)
                .withMessageContaining("429 TOOMANYREQUESTS: slow down");
    }

    @Test
    void shouldPassOnWhatTheServerOfTokensSays() {
        registry.demand("Bearer t", "Bearer realm=\"http://%s/t\"".formatted(registry.host()))
                .open("/t")
                .on("/t", refusal(401, "{\"details\":\"your account is locked\"}"));

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(this::pull)
                .withMessageContaining("401 your account is locked");
    }

    @Test
    void shouldNotAskAgainBeforeTheRegistryWantsToBeAsked() {
        registry.on(MANIFEST, header("Retry-After", "3600", status(429)));
        long start = System.nanoTime();

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(this::pull)
                .withMessageContaining("wants to be left alone for 3600 s")
                .matches(failure -> failure.reason() == Reason.UNAVAILABLE);

        assertThat(registry.asked()).hasSize(1);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void shouldWaitUntilTheDateThatTheRegistryNames() throws IOException {
        var until = ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(3);
        var date = DateTimeFormatter.RFC_1123_DATE_TIME.format(until);
        registry.once(MANIFEST, header("Retry-After", date, status(503)));

        assertThat(pull().layers()).hasSize(1);
        assertThat(ZonedDateTime.now(ZoneOffset.UTC)).isAfter(until.withNano(0));
    }
}
