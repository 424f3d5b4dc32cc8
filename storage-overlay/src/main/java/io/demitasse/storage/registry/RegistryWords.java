package io.demitasse.storage.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a server says of a refusal, in its own words: they often tell what no status does, which
 * limit was reached or which account lacks a right. Only documents made for that are passed on, and
 * no secret that we sent it: it may repeat what it was asked.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes">OCI
 *     distribution, error codes</a>
 */
final class RegistryWords {
    static final int MAX_BYTES = 8 << 10;
    private static final int MAX_CHARACTERS = 300;

    /** They are printed on terminals and into logs. */
    private static final Pattern UNPRINTABLE =
            Pattern.compile("[\\p{Cntrl}\\p{Cf}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}\\s\uFFFD]+");

    /** Keys under which those who are no registry say something: token servers, gateways. */
    private static final List<String> KEYS =
            List.of("code", "error", "message", "error_description", "details", "detail");

    private RegistryWords() {}

    /**
     * {@return them after a space, or nothing}
     *
     * @param secrets what was sent to the server and nobody else may read
     */
    static String of(byte[] body, List<String> secrets) {
        var words = said(body);
        for (var secret : secrets) {
            words = words.replace(secret, "[redacted]");
        }
        words = UNPRINTABLE.matcher(words).replaceAll(" ").strip();
        return words.isEmpty()
                ? ""
                : " " + words.substring(0, Math.min(words.length(), MAX_CHARACTERS));
    }

    private static String said(byte[] body) {
        try {
            var json = JsonDocument.parse(body, "refusal");
            var all = new ArrayList<String>();
            if (json.has("errors")) {
                for (var error : json.objects("errors")) {
                    all.add(said(error));
                }
            } else {
                all.add(said(json));
            }
            return String.join("; ", all);
        } catch (PullException otherDocument) {
            return ""; // a page of a proxy, perhaps, for people with a browser
        }
    }

    /** {@return {@code CODE: message}} */
    private static String said(JsonDocument error) {
        var parts = new ArrayList<String>();
        for (var key : KEYS) {
            text(error, key).filter(part -> !parts.contains(part)).ifPresent(parts::add);
        }
        return String.join(": ", parts);
    }

    private static Optional<String> text(JsonDocument error, String key) {
        try {
            return error.text(key);
        } catch (PullException anythingElse) {
            return Optional.empty(); // a detail may be a whole document
        }
    }
}
