package io.demitasse.storage.registry;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a registry says that a token is to be had.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">token authentication
 *     specification</a>
 */
record BearerChallenge(URI realm, String service, String scope) {
    private static final Pattern PARAMETER =
            Pattern.compile("(\\w+)=(?:\"([^\"]*)\"|([^\",\\s]+))");

    /** Reads a {@code WWW-Authenticate} header; parameters come in any order. */
    static Optional<BearerChallenge> parse(String header) {
        if (!header.regionMatches(true, 0, "Bearer ", 0, "Bearer ".length())) {
            return Optional.empty();
        }
        var parameters = new HashMap<String, String>();
        var matcher = PARAMETER.matcher(header);
        while (matcher.find()) {
            var quoted = matcher.group(2);
            parameters.put(matcher.group(1), quoted != null ? quoted : matcher.group(3));
        }
        try {
            return Optional.of(
                    new BearerChallenge(
                            URI.create(parameters.getOrDefault("realm", "")),
                            parameters.getOrDefault("service", ""),
                            parameters.getOrDefault("scope", "")));
        } catch (IllegalArgumentException notAnAddress) {
            return Optional.empty();
        }
    }

    /** {@return the address that answers with a token for nobody in particular} */
    URI anonymous() {
        var query = new StringBuilder(realm.getRawQuery() == null ? "?" : "&");
        query.append("service=").append(encoded(service));
        if (!scope.isEmpty()) {
            query.append("&scope=").append(encoded(scope));
        }
        return URI.create(realm + query.toString());
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
