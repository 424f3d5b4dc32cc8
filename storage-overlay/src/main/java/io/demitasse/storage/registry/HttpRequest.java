package io.demitasse.storage.registry;

import io.demitasse.storage.endpoint.ShownAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A question to a server: GET, or POST if there is a form.
 *
 * @param authorization the header, or empty; it goes to no other host than this address's
 * @param form a body of {@code application/x-www-form-urlencoded}
 */
record HttpRequest(
        URI address, Map<String, String> headers, String authorization, Optional<String> form) {
    private static final Set<String> SECRET_FIELDS = Set.of("password", "refresh_token");

    static HttpRequest get(URI address, String accept) {
        return new HttpRequest(address, Map.of("Accept", accept), "", Optional.empty());
    }

    HttpRequest authorized(String header) {
        return new HttpRequest(address, headers, header, form);
    }

    HttpRequest with(String name, String value) {
        var more = new HashMap<>(headers);
        more.put(name, value);
        return new HttpRequest(address, more, authorization, form);
    }

    HttpRequest posting(String body) {
        return new HttpRequest(address, headers, authorization, Optional.of(body));
    }

    /** {@return the same, at the address of a redirect: without its secrets at another host} */
    HttpRequest redirected(URI to) {
        return new HttpRequest(to, headers, isSameHost(to) ? authorization : "", form);
    }

    boolean isSameHost(URI other) {
        return address.getScheme().equals(other.getScheme())
                && address.getRawAuthority().equals(other.getRawAuthority());
    }

    byte[] body() {
        return form.orElse("").getBytes(StandardCharsets.UTF_8);
    }

    /** {@return what nobody but this server may read of it} */
    List<String> secrets() {
        var secrets = new ArrayList<>(secrets(authorization));
        for (var field : form.orElse("").split("&", -1)) {
            var parts = field.split("=", 2);
            if (SECRET_FIELDS.contains(parts[0]) && parts.length == 2 && !parts[1].isEmpty()) {
                secrets.add(parts[1]);
                secrets.add(URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
            }
        }
        return secrets;
    }

    /** {@return the secrets in a header: as it has them, and the password in plain} */
    static List<String> secrets(String authorization) {
        var parts = authorization.split(" ", 2);
        if (parts.length < 2 || parts[1].isEmpty()) {
            return List.of();
        }
        var pair =
                parts[0].equals("Basic")
                        ? new String(Base64.getDecoder().decode(parts[1]), StandardCharsets.UTF_8)
                        : "";
        var password = pair.substring(pair.indexOf(':') + 1);
        return password.isEmpty() ? List.of(parts[1]) : List.of(parts[1], password);
    }

    /** {@return method and address, without what may be a secret in it} */
    @Override
    public String toString() {
        return (form.isPresent() ? "POST " : "GET ") + ShownAddress.of(address);
    }
}
