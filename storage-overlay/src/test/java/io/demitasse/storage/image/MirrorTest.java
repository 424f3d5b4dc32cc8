package io.demitasse.storage.image;

import static io.demitasse.storage.registry.LyingRegistry.content;
import static io.demitasse.storage.registry.LyingRegistry.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.credential.Credential;
import io.demitasse.storage.credential.Credentials;
import io.demitasse.storage.credential.RequestCredential;
import io.demitasse.storage.endpoint.HostDirectories;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.LyingRegistry;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import io.demitasse.storage.registry.RegistryAccess;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where images are asked for, in which order, and who sees which secret. */
@Timeout(120)
class MirrorTest {
    private static final String MANIFEST = "/v2/app/manifests/latest";
    private static final String TOKEN = "/token";

    @TempDir Path path;
    private Path certs;
    private ImageStore images;
    private LyingRegistry server;
    private LyingRegistry mirror;
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private TestImage image;

    @BeforeEach
    void open() throws IOException {
        certs = Files.createDirectories(path.resolve("certs.d"));
        images =
                ImageStore.open(
                        path.resolve("store"),
                        RegistryAccess.of(
                                new HostDirectories(List.of(certs)), Credentials.ANONYMOUS));
        image = TestImage.of(new TarBytes().file("f", "contents").bytes());
        server = new LyingRegistry();
        mirror = new LyingRegistry();
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        mirror.close();
        images.close();
        assertThat(OpenFiles.below(path)).isEmpty();
    }

    private void hosts(String text) throws IOException {
        var directory = certs.resolve(server.host());
        Files.writeString(Files.createDirectories(directory).resolve("hosts.toml"), text);
    }

    private Image pull(RequestCredential credential) throws PullException {
        var reference = Reference.parse(server.host() + "/app");
        return images.pull(PullRequest.of(reference).with(credential));
    }

    private static RequestCredential user(String name) {
        return new RequestCredential(Credential.of(name, "secret"), "");
    }

    @Test
    void shouldAskMirrorsInOrderThenTheServer() throws IOException {
        hosts(
                """
                [host."http://127.0.0.1:1"]
                [host."http://%s/hub"]
                override_path = true
                """
                        .formatted(mirror.host()));
        image.serve(mirror, "/hub/app");

        assertThat(pull(RequestCredential.NONE).layers()).hasSize(1);
        assertThat(server.asked()).isEmpty();
        assertThat(mirror.queries()).containsOnly("ns=" + server.host());
    }

    @Test
    void shouldFallBackWhenMirrorHasNothingAndRespectCapabilities() throws IOException {
        hosts(
                """
                [host."http://%s"]
                capabilities = ["pull"]
                """
                        .formatted(mirror.host()));
        image.serve(server, "/v2/app");

        assertThat(pull(RequestCredential.NONE).layers()).hasSize(1);
        assertThat(mirror.asked()).isNotEmpty().doesNotContain(MANIFEST);
        assertThat(server.asked()).startsWith(MANIFEST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html>log in</html>",
                "{\"schemaVersion\":1,\"fsLayers\":[]}",
                "[]",
                "",
                "{\"config\":{},\"layers\":1}"
            })
    void shouldAskTheServerWhereAMirrorServesNoManifest(String body) throws IOException {
        hosts("[host.\"http://" + mirror.host() + "\"]");
        image.serve(mirror, "/v2/app").serve(server, "/v2/app");
        mirror.on(MANIFEST, body.getBytes(UTF_8));

        assertThat(pull(RequestCredential.NONE).layers()).hasSize(1);
        assertThat(server.asked()).contains(MANIFEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>log in</html>", "", "as long", "longer"})
    void shouldAskTheServerWhereAMirrorServesOtherBlobs(String body) throws IOException {
        hosts("[host.\"http://" + mirror.host() + "\"]");
        image.serve(mirror, "/v2/app").serve(server, "/v2/app");
        for (var blob : List.of(image.config(), image.layer())) {
            var lie =
                    switch (body) {
                        case "as long" -> new byte[blob.length];
                        case "longer" -> java.util.Arrays.copyOf(blob, blob.length + 1);
                        default -> body.getBytes(UTF_8);
                    };
            mirror.on("/v2/app/blobs/" + Digest.of(blob), lie);
        }

        assertThat(pull(RequestCredential.NONE).layers()).hasSize(1);
        assertThat(server.asked()).hasSize(2).doesNotContain(MANIFEST);
        assertThat(mirror.asked()).contains(MANIFEST).hasSizeLessThanOrEqualTo(3);
    }

    /** It is asked once, not for ever, and its failure is told. */
    @Test
    void shouldSayWhatIsWrongWhereEverybodyServesOtherBlobs() throws IOException {
        hosts("[host.\"http://" + mirror.host() + "\"]");
        image.serve(mirror, "/v2/app").serve(server, "/v2/app");
        var blob = "/v2/app/blobs/" + image.layerDigest();
        mirror.on(blob, new byte[image.layer().length]);
        server.on(blob, new byte[image.layer().length]);

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(RequestCredential.NONE))
                .matches(failure -> failure.reason() == Reason.CORRUPT);
        assertThat(mirror.asked().stream().filter(blob::equals)).hasSize(1);
        assertThat(server.asked()).containsExactly(blob);
    }

    @Test
    void shouldSayWhatEachEndpointAnswered() throws IOException {
        hosts("[host.\"http://127.0.0.1:1\"]\n[host.\"http://" + mirror.host() + "\"]");

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(RequestCredential.NONE))
                .withMessageContaining("to be had from none of 3 endpoints")
                .withMessageContaining("127.0.0.1:1 does not answer")
                .withMessageContaining("GET http://" + mirror.host() + MANIFEST + ": 404")
                .withMessageContaining("GET http://" + server.host() + MANIFEST + ": 404")
                .matches(failure -> failure.reason() == Reason.NOT_FOUND);
    }

    @Test
    void shouldSendConfiguredHeadersAndNameTheFileThatIsWrong() throws IOException {
        hosts("[header]\nx-key = [\"one\", \"two\"]");
        server.on(
                MANIFEST,
                exchange -> {
                    seen.addAll(exchange.getRequestHeaders().get("X-key"));
                    status(404).give(exchange);
                });
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(RequestCredential.NONE));
        assertThat(seen).containsExactlyInAnyOrder("one", "two");

        hosts("[host");
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(RequestCredential.NONE))
                .havingCause()
                .withMessageContaining("hosts.toml is not TOML");
    }

    /** Demands a token, and gives one to whoever has a name, remembering who asked for it. */
    private void demandToken(LyingRegistry registry) {
        registry.on(
                TOKEN,
                exchange -> {
                    var body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
                    var who = exchange.getRequestHeaders().getFirst("Authorization");
                    seen.add(
                            exchange.getRequestMethod()
                                    + " "
                                    + (who == null ? URLDecoder.decode(body, UTF_8) : who));
                    content("{\"token\":\"t\",\"expires_in\":300}".getBytes(UTF_8)).give(exchange);
                });
        registry.open(TOKEN)
                .demand(
                        "Bearer t",
                        "Basic realm=\"x\", bearer scope=\"repository:app:pull\",service=s,realm=\"http://"
                                + registry.host()
                                + TOKEN
                                + "\"");
        image.serve(registry, "/v2/app");
    }

    @Test
    void shouldKeepTokensApartByCredential() throws IOException {
        demandToken(server);

        images.remove(pull(user("one")));
        images.remove(pull(user("one")));
        images.remove(pull(user("two")));

        assertThat(seen)
                .containsExactly(
                        "GET " + Credential.of("one", "secret").basic(),
                        "GET " + Credential.of("two", "secret").basic());
    }

    @Test
    void shouldExchangeIdentityTokenAndShowRegistryTokenAsItIs() throws IOException {
        demandToken(server);

        images.remove(pull(new RequestCredential(new Credential("", "", "id", ""), "")));
        assertThat(seen)
                .containsExactly(
                        "POST service=s&scope=repository:app:pull&client_id=demitasse"
                                + "&grant_type=refresh_token&refresh_token=id");
        seen.clear();

        pull(new RequestCredential(new Credential("", "", "", "t"), ""));
        assertThat(seen).isEmpty();
    }

    @Test
    void shouldRefuseWhenRegistryRefusesForEver() {
        server.demand("Bearer other", "Bearer realm=\"http://" + server.host() + "/token\"");
        server.open(TOKEN).on(TOKEN, "{\"token\":\"t\"}".getBytes(UTF_8));

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(user("one")))
                .withMessageContaining("may not be read with these credentials")
                .matches(failure -> failure.reason() == Reason.DENIED);
        assertThat(server.asked()).hasSizeLessThan(5);
    }

    @Test
    void shouldSendPasswordToTheRegistryAndNotToMirrors() throws IOException {
        hosts("[host.\"http://" + mirror.host() + "\"]");
        var challenge = "Basic realm=\"x\"";
        mirror.demand(Credential.of("one", "secret").basic(), challenge);
        server.demand(Credential.of("one", "secret").basic(), challenge);
        image.serve(mirror, "/v2/app");
        image.serve(server, "/v2/app");

        assertThat(pull(user("one")).layers()).hasSize(1);
        assertThat(mirror.authorizations()).isEmpty();
        assertThat(server.authorizations()).containsOnly(Credential.of("one", "secret").basic());
    }

    @Test
    void shouldDropCredentialsAtAnotherHost() throws IOException {
        image.serve(server, "/v2/app").serve(mirror, "/v2/app");
        server.demand(Credential.of("one", "secret").basic(), "Basic realm=\"x\"");
        var blob = "/v2/app/blobs/" + image.layerDigest();
        server.on(
                blob,
                exchange -> {
                    exchange.getResponseHeaders().add("Location", "http://" + mirror.host() + blob);
                    status(307).give(exchange);
                });

        assertThat(pull(user("one")).layers()).hasSize(1);
        assertThat(mirror.asked()).containsExactly(blob);
        assertThat(mirror.authorizations()).isEmpty();
    }

    @Test
    void shouldAskAgainWhenTheRegistryIsBusy() throws IOException {
        image.serve(server, "/v2/app");
        server.once(MANIFEST, status(503));
        var blob = "/v2/app/blobs/" + image.layerDigest();
        server.once(
                blob,
                exchange -> {
                    exchange.getResponseHeaders().add("Retry-After", "1");
                    status(429).give(exchange);
                });
        long start = System.nanoTime();

        assertThat(pull(RequestCredential.NONE).layers()).hasSize(1);
        assertThat(System.nanoTime() - start).isGreaterThan(1_000_000_000L);
    }
}
