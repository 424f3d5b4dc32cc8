package io.demitasse.storage.registry;

import io.demitasse.storage.endpoint.WebAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Where a registry says that a token is to be had.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">token authentication
 *     specification</a>
 */
record BearerChallenge(URI realm, String service, String scope) {
    private static final Pattern SCHEME = Pattern.compile("(?i)(?:^|,)\\s*Bearer\\s+");
    private static final Pattern PARAMETER =
            Pattern.compile("(\\w+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\",\\s]+))");
    private static final Pattern QUOTED = Pattern.compile("\\\\(.)");
    private static final String CLIENT = "demitasse";

    /** Finds a Bearer challenge in {@code WWW-Authenticate} headers; parameters in any order. */
    static Optional<BearerChallenge> find(List<String> headers) {
        return headers.stream().flatMap(header -> parse(header).stream()).findFirst();
    }

    private static Optional<BearerChallenge> parse(String header) {
        var scheme = SCHEME.matcher(header);
        if (!scheme.find()) {
            return Optional.empty();
        }
        var parameters = new HashMap<String, String>();
        var matcher = PARAMETER.matcher(header);
        for (int from = scheme.end(); matcher.find(from); from = matcher.end()) {
            var quoted = matcher.group(2);
            parameters.putIfAbsent(
                    matcher.group(1).toLowerCase(Locale.ROOT),
                    quoted != null ? QUOTED.matcher(quoted).replaceAll("$1") : matcher.group(3));
        }
        try {
            return Optional.of(
                    new BearerChallenge(
                            WebAddress.parse(parameters.getOrDefault("realm", "")),
                            parameters.getOrDefault("service", ""),
                            parameters.getOrDefault("scope", "")));
        } catch (IllegalArgumentException notAnAddress) {
            return Optional.empty();
        }
    }

    /** {@return whether the headers ask for a name and a password} */
    static boolean asksForPassword(List<String> headers) {
        return headers.stream().anyMatch(header -> header.matches("(?i)(?:.*,)?\\s*Basic\\b.*"));
    }

    /**
     * {@return the address that answers with a token, each scope a parameter; account may be empty}
     */
    URI query(String account) {
        var query = new StringBuilder("service=").append(encoded(service));
        for (var each : scope.split(" ", -1)) {
            if (!each.isEmpty()) {
                query.append("&scope=").append(encoded(each));
            }
        }
        if (!account.isEmpty()) {
            query.append("&account=").append(encoded(account));
        }
        return URI.create(realm + (realm.getRawQuery() == null ? "?" : "&") + query);
    }

    /** {@return the form that asks for a token with a secret, in the words of OAuth2} */
    String form(Map<String, String> grant) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("service", service);
        if (!scope.isEmpty()) {
            parameters.put("scope", scope);
        }
        parameters.put("client_id", CLIENT);
        parameters.putAll(new TreeMap<>(grant));
        return parameters.entrySet().stream()
                .map(each -> each.getKey() + "=" + encoded(each.getValue()))
                .collect(Collectors.joining("&"));
    }

    /**
     * {@return the same challenge for what is wanted, whatever it asked for; separated by spaces}
     */
    BearerChallenge scoped(String wanted) {
        return new BearerChallenge(realm, service, wanted);
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}
