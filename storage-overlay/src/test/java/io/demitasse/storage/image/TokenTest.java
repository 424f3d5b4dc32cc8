package io.demitasse.storage.image;

import static io.demitasse.storage.registry.LyingRegistry.content;
import static io.demitasse.storage.registry.LyingRegistry.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.credential.Credential;
import io.demitasse.storage.credential.RequestCredential;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.LyingRegistry;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registries that want tokens: how these are got, how long they are used, who sees the secret. */
@Timeout(120)
class TokenTest {
    private static final String TOKEN = "/token";

    @TempDir Path path;
    private ImageStore images;
    private LyingRegistry registry;
    private LyingRegistry other;
    private TestImage image;
    private final AtomicInteger issued = new AtomicInteger();
    private final List<String> forms = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() throws IOException {
        images = ImageStore.open(path);
        registry = new LyingRegistry();
        other = new LyingRegistry();
        image = TestImage.of(new TarBytes().file("f", "contents").bytes());
        image.serve(registry, "/v2/app");
        registry.open(TOKEN);
    }

    @AfterEach
    void close() throws IOException {
        registry.close();
        other.close();
        images.close();
        assertThat(OpenFiles.below(path)).isEmpty();
    }

    private String challenge() {
        return "Bearer realm=\"http://%s/token\",service=\"s\",scope=\"repository:app:pull\""
                .formatted(registry.host());
    }

    private void demand(String token) {
        registry.demand("Bearer " + token, challenge());
    }

    /** Each token is another, and only the last one is any good. */
    private LyingRegistry.Answer token(String more) {
        return exchange -> {
            forms.add(
                    URLDecoder.decode(
                            new String(exchange.getRequestBody().readAllBytes(), UTF_8), UTF_8));
            var token = "t" + issued.incrementAndGet();
            demand(token);
            content("{\"token\":\"%s\"%s}".formatted(token, more).getBytes(UTF_8)).give(exchange);
        };
    }

    private void pull(Credential credential) throws IOException {
        var reference = Reference.parse(registry.host() + "/app");
        var request = PullRequest.of(reference).with(new RequestCredential(credential, ""));
        images.remove(images.pull(request));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",\"expires_in\":300",
                ",\"expires_in\":300,\"issued_at\":\"2020-01-01T00:00:00Z\"",
                ",\"expires_in\":300,\"issued_at\":\"2100-01-01T00:00:00.5+01:00\"",
                ",\"expires_in\":300,\"issued_at\":\"yesterday\"",
                ",\"expires_in\":1",
                ",\"expires_in\":0",
                ",\"expires_in\":9223372036854775807",
                ",\"expires_in\":null,\"issued_at\":null",
                ",\"token\":\"\",\"access_token\":\"t1\""
            })
    void shouldUseATokenWhateverIsSaidOfItsLife(String life) throws IOException {
        registry.on(TOKEN, token(life));
        demand("none yet");

        pull(Credential.NONE);

        assertThat(issued).hasValue(1);
    }

    @Test
    void shouldFetchAnotherTokenWhenItEndsBetweenTwoBlobs() throws IOException {
        registry.on(TOKEN, token(",\"expires_in\":300"));
        demand("none yet");
        registry.once(
                "/v2/app/blobs/" + image.layerDigest(),
                exchange -> {
                    exchange.getResponseHeaders().add("WWW-Authenticate", challenge());
                    status(401).give(exchange);
                });

        pull(Credential.NONE);

        assertThat(registry.authorizations()).contains("Bearer t1").endsWith("Bearer t2");
    }

    @Test
    void shouldKeepATokenForTheNextPullAndNotForAnotherCredential() throws IOException {
        registry.on(TOKEN, token(",\"expires_in\":300"));
        demand("none yet");

        pull(Credential.of("me", "one"));
        pull(Credential.of("me", "one"));
        assertThat(issued).hasValue(1);

        int before = registry.authorizations().size();
        pull(Credential.of("me", "two"));
        assertThat(registry.authorizations().subList(before, registry.authorizations().size()))
                .contains("Bearer t2")
                .doesNotContain("Bearer t1");
        assertThat(issued).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 405})
    void shouldAskInTheWayOfOauthWhereThereIsNoOther(int refusal) throws IOException {
        registry.on(
                TOKEN,
                exchange -> {
                    var get = exchange.getRequestMethod().equals("GET");
                    (get ? status(refusal) : token("")).give(exchange);
                });
        demand("none yet");

        pull(Credential.of("me", "secret"));

        assertThat(forms)
                .containsExactly(
                        "service=s&scope=repository:app:pull&client_id=demitasse"
                                + "&grant_type=password&password=secret&username=me");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",scope=\"\""})
    void shouldSayWhatForWhereTheRegistryDoesNot(String scope) throws IOException {
        registry.on(TOKEN, token(""));
        registry.demand(
                "Bearer none yet",
                "Bearer realm=\"http://%s/token\",service=\"s\"%s"
                        .formatted(registry.host(), scope));

        pull(Credential.NONE);

        assertThat(registry.queries()).contains("service=s&scope=repository:app:pull");
    }

    private void redirectTokens(int status) {
        other.on(TOKEN, token(""));
        registry.on(
                TOKEN,
                exchange -> {
                    exchange.getResponseHeaders().add("Location", "http://" + other.host() + TOKEN);
                    status(status).give(exchange);
                });
        demand("none yet");
    }

    @Test
    void shouldNotShowAPasswordWhereTokensAreSentTo() throws IOException {
        redirectTokens(307);

        pull(Credential.of("me", "secret"));

        assertThat(other.asked()).containsExactly(TOKEN);
        assertThat(other.authorizations()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void shouldNotSendASecretOnToAnotherHost(int status) {
        redirectTokens(status);

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(new Credential("", "", "secret", "")))
                .withMessageContaining("would send a secret on to " + other.host())
                .withMessageNotContaining("=secret")
                .matches(failure -> failure.reason() == Reason.UNAVAILABLE);
        assertThat(other.asked()).isEmpty();
    }

    /** Clouds serve there what a machine may do: whoever asks it for us must not be a registry. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "169.254.7.7:8080",
                "2852039166",
                "[fe80::1]",
                "[fd00:ec2::254]",
                "100.100.100.200"
            })
    void shouldAskForNoTokenAtAnAddressOfTheNodeAlone(String authority) {
        registry.demand("Bearer none yet", "Bearer realm=\"http://%s/token\"".formatted(authority));

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(Credential.of("me", "secret")))
                .withMessageContaining(registry.host() + " leads to " + authority)
                .withMessageContaining("served to this node alone")
                .matches(failure -> failure.reason() == Reason.UNAVAILABLE);
    }

    @Test
    void shouldFollowNoRedirectionToAnAddressOfTheNodeAlone() {
        registry.on(
                "/v2/app/blobs/" + image.layerDigest(),
                exchange -> {
                    exchange.getResponseHeaders().add("Location", "http://169.254.169.254/latest");
                    status(307).give(exchange);
                });

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(Credential.of("me", "secret")))
                .withMessageContaining("served to this node alone");
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403})
    void shouldSayThatCredentialsAreRefused(int status) {
        registry.on(TOKEN, status(status));
        demand("none yet");

        for (var credential :
                List.of(Credential.of("me", "secret"), new Credential("", "", "secret", ""))) {
            assertThatExceptionOfType(PullException.class)
                    .isThrownBy(() -> pull(credential))
                    .withMessageContaining("credentials refused")
                    .withMessageNotContaining("secret")
                    .matches(failure -> failure.reason() == Reason.DENIED);
        }
    }

    @Test
    void shouldTakeNothingElseForAToken() {
        demand("none yet");
        for (var answer : List.of("{}", "{\"token\":\"\"}", "{\"token\":7}", "<html>")) {
            registry.on(TOKEN, answer.getBytes(UTF_8));

            assertThatExceptionOfType(PullException.class)
                    .isThrownBy(() -> pull(Credential.NONE))
                    .matches(failure -> failure.reason() == Reason.CORRUPT);
        }
    }
}
