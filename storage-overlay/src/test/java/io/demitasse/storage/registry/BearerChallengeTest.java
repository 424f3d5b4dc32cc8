package io.demitasse.storage.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The forms that a challenge comes in. */
class BearerChallengeTest {
    private static BearerChallenge parse(String header) {
        return BearerChallenge.find(List.of(header)).orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:x:pull,push\"",
                "Bearer scope=\"repository:x:pull,push\", service=\"s\", realm=\"https://a/t\"",
                "bearer  Realm = \"https://a/t\" , SERVICE=s,scope=\"repository:x:pull,push\"",
                "Basic realm=\"https://b\", Bearer service=s,realm=\"https://a/t\",scope=\"repository:x:pull,push\",error=\"invalid_token\"",
                "Bearer realm=\"https:\\/\\/a\\/t\",service=\"\\s\",scope=\"repository:x:pull,push\"",
            })
    void shouldReadParametersInAnyOrderAndQuoting(String header) {
        assertThat(parse(header))
                .isEqualTo(
                        new BearerChallenge(
                                URI.create("https://a/t"), "s", "repository:x:pull,push"));
    }

    @Test
    void shouldFindNoneWhereThereIsNone() {
        assertThat(BearerChallenge.find(List.of("Basic realm=\"x\"", "Negotiate"))).isEmpty();
        assertThat(BearerChallenge.find(List.of("Bearer realm=\"not an address\""))).isEmpty();
    }

    @Test
    void shouldAskForSeveralScopesInBothWays() {
        var challenge =
                parse(
                        "Bearer realm=\"https://a/t?x=1\",service=\"s p\",scope=\"repository:x:pull,push registry:catalog:*\"");

        assertThat(challenge.query("me"))
                .hasToString(
                        "https://a/t?x=1&service=s+p&scope=repository%3Ax%3Apull%2Cpush"
                                + "&scope=registry%3Acatalog%3A*&account=me");
        assertThat(challenge.form(Map.of("grant_type", "refresh_token")))
                .isEqualTo(
                        "service=s+p&scope=repository%3Ax%3Apull%2Cpush+registry%3Acatalog%3A*"
                                + "&client_id=demitasse&grant_type=refresh_token");
    }
}
