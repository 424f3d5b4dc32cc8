package io.demitasse.storage.credential;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Who finds which token, and until when. */
class TokenCacheTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final TokenCache.Key KEY =
            new TokenCache.Key("https://r/v2", "repository:a:pull", Credential.of("me", "secret"));

    private Instant now = Instant.parse("2030-01-01T00:00:00Z");
    private final TokenCache tokens = new TokenCache(() -> now);

    @Test
    void shouldShowATokenToNobodyElse() {
        tokens.put(KEY, "t", Optional.empty(), MINUTE);

        assertThat(tokens.find(KEY)).hasValue("t");
        for (var other :
                new TokenCache.Key[] {
                    new TokenCache.Key("https://s/v2", KEY.scope(), KEY.credential()),
                    new TokenCache.Key(KEY.registry(), "repository:b:pull", KEY.credential()),
                    new TokenCache.Key(KEY.registry(), KEY.scope(), Credential.of("me", "other")),
                    new TokenCache.Key(KEY.registry(), KEY.scope(), Credential.of("you", "secret")),
                    new TokenCache.Key(KEY.registry(), KEY.scope(), Credential.NONE)
                }) {
            assertThat(tokens.find(other)).isEmpty();
        }
    }

    @Test
    void shouldForgetATokenSomeSecondsBeforeItEnds() {
        tokens.put(KEY, "t", Optional.empty(), MINUTE);

        now = now.plusSeconds(49);
        assertThat(tokens.find(KEY)).hasValue("t");
        now = now.plusSeconds(1);
        assertThat(tokens.find(KEY)).isEmpty();
    }

    @Test
    void shouldCountFromWhenTheTokenWasIssued() {
        tokens.put(KEY, "t", Optional.of(now.minusSeconds(30)), MINUTE);

        now = now.plusSeconds(19);
        assertThat(tokens.find(KEY)).hasValue("t");
        now = now.plusSeconds(1);
        assertThat(tokens.find(KEY)).isEmpty();
    }

    @Test
    void shouldNotTrustAClockThatRunsAhead() {
        tokens.put(KEY, "t", Optional.of(now.plusSeconds(3600)), MINUTE);

        now = now.plusSeconds(50);
        assertThat(tokens.find(KEY)).isEmpty();
    }
}
