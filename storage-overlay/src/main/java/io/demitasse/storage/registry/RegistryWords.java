package io.demitasse.storage.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a server says of a refusal, in its own words: they often tell what no status does, which
 * limit was reached or which account lacks a right.
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

    /** {@return them after a space, or nothing} */
    static String of(byte[] body) {
        var text = new String(body, UTF_8);
        var words = UNPRINTABLE.matcher(said(text)).replaceAll(" ").strip();
        boolean page = words.startsWith("<"); // of a proxy, for people with a browser
        return words.isEmpty() || page
                ? ""
                : " " + words.substring(0, Math.min(words.length(), MAX_CHARACTERS));
    }

    private static String said(String text) {
        try {
            var json = JsonDocument.parse(text.getBytes(UTF_8), "refusal");
            var all = new ArrayList<String>();
            if (json.has("errors")) {
                for (var error : json.objects("errors")) {
                    all.add(said(error));
                }
            } else {
                all.add(said(json));
            }
            return String.join("; ", all);
        } catch (PullException plain) {
            return text;
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
