package io.demitasse.storage.credential;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Tokens that registries gave us, until shortly before they end.
 *
 * <p>A token is found again only by the same registry, scope and credential: what one pod's
 * credential opened stays closed to the next pod. All state is guarded by this.
 */
public final class TokenCache {
    private static final int MAX_TOKENS = 256;
    private static final Duration MARGIN = Duration.ofSeconds(10);

    private final InstantSource clock;
    private final Map<Key, Token> tokens = new HashMap<>();

    /** What a token is good for. */
    public record Key(String registry, String scope, Credential credential) {}

    private record Token(String value, Instant end) {}

    /** An empty one. */
    public TokenCache(InstantSource clock) {
        this.clock = clock;
    }

    /** {@return a token that is good for some time} */
    public synchronized Optional<String> find(Key key) {
        removeEnded();
        return Optional.ofNullable(tokens.get(key)).map(Token::value);
    }

    /**
     * Keeps a token for as long as its registry says.
     *
     * @param issued since when, by the registry's clock; if that runs ahead of ours, or it does not
     *     say, since now
     */
    public synchronized void put(Key key, String token, Optional<Instant> issued, Duration life) {
        removeEnded();
        if (tokens.size() >= MAX_TOKENS) {
            tokens.clear(); // they only save a request
        }
        var now = clock.instant();
        var begin = issued.filter(now::isAfter).orElse(now);
        tokens.put(key, new Token(token, begin.plus(life).minus(MARGIN)));
    }

    /** Forgets a token that its registry refused. */
    public synchronized void remove(Key key) {
        tokens.remove(key);
    }

    private void removeEnded() {
        var now = clock.instant();
        tokens.values().removeIf(token -> !now.isBefore(token.end));
    }
}
