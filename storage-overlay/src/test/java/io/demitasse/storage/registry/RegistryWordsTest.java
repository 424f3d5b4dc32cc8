package io.demitasse.storage.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** A server may repeat what it was asked, in a message that many will read. */
class RegistryWordsTest {
    private static final HttpRequest QUESTION =
            HttpRequest.get(URI.create("http://registry.example/v2/"), "*/*");

    private static String words(HttpRequest request, String message) {
        var body = "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"" + message + "\"}]}";
        return RegistryWords.of(body.getBytes(UTF_8), request.secrets());
    }

    @Test
    void shouldNotPassOnThePasswordThatWasSent() {
        var pair = Base64.getEncoder().encodeToString("me:pass:word".getBytes(UTF_8));
        var request = QUESTION.authorized("Basic " + pair);

        assertThat(words(request, "not pass:word, nor Basic " + pair))
                .isEqualTo(" DENIED: not [redacted], nor Basic [redacted]");
        assertThat(words(QUESTION, "not pass:word")).isEqualTo(" DENIED: not pass:word");
    }

    @Test
    void shouldNotPassOnATokenThatWasSent() {
        assertThat(words(QUESTION.authorized("Bearer abc.def"), "bad abc.def"))
                .isEqualTo(" DENIED: bad [redacted]");
    }

    @Test
    void shouldNotPassOnTheSecretsOfAForm() {
        var request = QUESTION.posting("grant_type=password&password=a%2Fb&refresh_token=ref");

        assertThat(words(request, "a/b or a%2Fb or ref of grant_type"))
                .isEqualTo(" DENIED: [redacted] or [redacted] or [redacted] of grant_type");
    }
}
