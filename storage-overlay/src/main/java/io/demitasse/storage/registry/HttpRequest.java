package io.demitasse.storage.registry;

import io.demitasse.storage.endpoint.ShownAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A question to a server: GET, or POST if there is a form.
 *
 * @param authorization the header, or empty; it goes to no other host than this address's
 * @param form a body of {@code application/x-www-form-urlencoded}
 */
record HttpRequest(
        URI address, Map<String, String> headers, String authorization, Optional<String> form) {
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

    /** {@return method and address, without what may be a secret in it} */
    @Override
    public String toString() {
        return (form.isPresent() ? "POST " : "GET ") + ShownAddress.of(address);
    }
}
