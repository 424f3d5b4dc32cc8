package io.demitasse.storage.registry;

import io.demitasse.storage.credential.Credential;
import io.demitasse.storage.credential.TokenCache;
import io.demitasse.storage.endpoint.Endpoint;
import io.demitasse.storage.endpoint.ShownAddress;
import io.demitasse.storage.endpoint.WebAddress;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Shows one endpoint who we are, in the way that it asks for. */
final class Authorization {
    private static final int MAX_TOKEN_BYTES = 1 << 20;
    private static final long MAX_LIFE_SECONDS = Duration.ofDays(1).toSeconds();
    private static final Duration DEFAULT_LIFE = Duration.ofSeconds(60); // the specification's

    private final HttpClient client;
    private final Credential credential;
    private final TokenCache tokens;
    private final TokenCache.Key key;
    private final URI base;
    private final boolean scopeGiven;
    private final String repositoryPath;
    private volatile boolean basic;

    /** The last token, however soon it ends: the request that it was fetched for comes at once. */
    private volatile String last = "";

    Authorization(Endpoint endpoint, HttpClient client, Credential credential, TokenCache tokens) {
        this(endpoint, client, credential, tokens, "");
    }

    /** For these scopes, separated by spaces, instead of the one that the registry names. */
    Authorization(
            Endpoint endpoint,
            HttpClient client,
            Credential credential,
            TokenCache tokens,
            String scopes) {
        this.client = client;
        this.credential = credential;
        this.tokens = tokens;
        this.base = endpoint.base();
        this.scopeGiven = !scopes.isEmpty();
        this.repositoryPath = base.getPath() + "/" + endpoint.repository() + "/";
        var scope = scopeGiven ? scopes : "repository:" + endpoint.repository() + ":pull";
        this.key = new TokenCache.Key(base.toString(), scope, credential);
    }

    /** {@return what to show before being asked, or empty} */
    String header() {
        if (basic) {
            return credential.basic();
        }
        return Optional.of(credential.registryToken())
                .filter(token -> !token.isEmpty())
                .or(() -> tokens.find(key))
                .or(() -> Optional.of(last).filter(token -> !token.isEmpty()))
                .map(token -> "Bearer " + token)
                .orElse("");
    }

    boolean isAnonymous() {
        return credential.isNone();
    }

    /**
     * Does what the challenges of a refusal ask for; {@return whether there is news to show}
     *
     * @param refused the address that was refused
     */
    boolean answer(List<String> challenges, URI refused) throws IOException {
        tokens.remove(key);
        last = "";
        if (basic || !credential.registryToken().isEmpty()) {
            return false;
        }
        var bearer = BearerChallenge.find(challenges);
        if (bearer.isPresent()) {
            fetch(scoped(bearer.get(), refused));
            return true;
        }
        basic = BearerChallenge.asksForPassword(challenges) && !credential.username().isEmpty();
        return basic;
    }

    /** A registry need not say what for: that is known, unless who was asked is the registry. */
    private BearerChallenge scoped(BearerChallenge challenge, URI refused) {
        boolean silent =
                challenge.scope().isEmpty() && refused.getPath().startsWith(repositoryPath);
        return scopeGiven || silent ? challenge.scoped(key.scope()) : challenge;
    }

    private void fetch(BearerChallenge challenge) throws IOException {
        check(challenge.realm());
        try (var answer = ask(challenge)) {
            if (answer.status() != 200) {
                throw refused(answer);
            }
            var json =
                    JsonDocument.parse(
                            answer.body(MAX_TOKEN_BYTES),
                            "answer of " + ShownAddress.of(challenge.realm()));
            var accessToken = json.text("access_token").filter(token -> !token.isEmpty());
            last =
                    json.text("token")
                            .filter(token -> !token.isEmpty())
                            .or(() -> accessToken)
                            .orElseThrow(() ->
                                    new PullException(Reason.CORRUPT, "no token in the " + json));
            tokens.put(key, last, issued(json), life(json));
        }
    }

    private static Duration life(JsonDocument json) throws PullException {
        return json.has("expires_in")
                ? Duration.ofSeconds(Math.min(json.size("expires_in"), MAX_LIFE_SECONDS))
                : DEFAULT_LIFE;
    }

    /** {@return when a token began to live, if the registry says so in a way that is understood} */
    private static Optional<Instant> issued(JsonDocument json) throws PullException {
        try {
            return json.text("issued_at").map(text -> OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeParseException malformed) {
            return Optional.empty(); // the time of its arrival is as good
        }
    }

    /** A registry that speaks TLS may not send our password where all can read it. */
    private void check(URI realm) throws PullException {
        boolean downgraded = "https".equals(base.getScheme()) && !"https".equals(realm.getScheme());
        if (!WebAddress.isWeb(realm) || downgraded) {
            throw new PullException(
                    Reason.UNAVAILABLE,
                    "registry at "
                            + ShownAddress.authority(base)
                            + " has tokens at \""
                            + ShownAddress.of(realm)
                            + "\", refused");
        }
    }

    private HttpAnswer ask(BearerChallenge challenge) throws IOException {
        if (!credential.identityToken().isEmpty()) {
            return post(
                    challenge,
                    Map.of(
                            "grant_type",
                            "refresh_token",
                            "refresh_token",
                            credential.identityToken()));
        }
        var get = HttpRequest.get(challenge.query(credential.username()), "application/json");
        if (credential.username().isEmpty()) {
            return client.send(get);
        }
        var answer = client.send(get.authorized(credential.basic()));
        boolean onlyOauth = answer.status() == 404 || answer.status() == 405;
        if (!onlyOauth) {
            return answer;
        }
        answer.close();
        return post(
                challenge,
                Map.of(
                        "grant_type",
                        "password",
                        "username",
                        credential.username(),
                        "password",
                        credential.password()));
    }

    private HttpAnswer post(BearerChallenge challenge, Map<String, String> grant)
            throws IOException {
        return client.send(
                HttpRequest.get(challenge.realm(), "application/json")
                        .posting(challenge.form(grant)));
    }

    private PullException refused(HttpAnswer answer) {
        var where =
                " (%s: %d%s)"
                        .formatted(
                                ShownAddress.authority(answer.address()),
                                answer.status(),
                                answer.words());
        return switch (answer.status()) {
            case 400, 401, 403 ->
                    new PullException(
                            Reason.DENIED,
                            (isAnonymous() ? "no token without credentials" : "credentials refused")
                                    + where);
            default -> new PullException(Reason.UNAVAILABLE, "token server gives no token" + where);
        };
    }
}
