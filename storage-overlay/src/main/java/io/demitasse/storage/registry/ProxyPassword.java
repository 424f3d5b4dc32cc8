package io.demitasse.storage.registry;

import io.demitasse.storage.endpoint.WebAddress;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Tells a proxy, and nobody else, the name and the password that stand in its address. */
final class ProxyPassword extends Authenticator {
    private final PasswordAuthentication secret;

    private ProxyPassword(PasswordAuthentication secret) {
        this.secret = secret;
    }

    static Optional<Authenticator> of(URI proxy) {
        var user = WebAddress.userInfo(proxy).orElse("");
        if (user.isEmpty()) {
            return Optional.empty();
        }
        int colon = user.indexOf(':');
        var name = colon < 0 ? user : user.substring(0, colon);
        var password = colon < 0 ? "" : user.substring(colon + 1);
        return Optional.of(
                new ProxyPassword(
                        new PasswordAuthentication(
                                decoded(name), decoded(password).toCharArray())));
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    @SuppressWarnings("NullAway") // null is how the JDK is told that there is nothing to tell
    protected PasswordAuthentication getPasswordAuthentication() {
        return getRequestorType() == RequestorType.PROXY ? secret : null;
    }
}
