package io.demitasse.storage.registry;

import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks one registry, following redirects and fetching an anonymous token where it wants one.
 *
 * <p>The JDK's old client is enough here: requests are few, bodies are streams, and a thread waits
 * for each anyway. A token goes to the registry that asked for it and to no other host.
 */
final class RegistryConnection {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(15);
    private static final Duration PROGRESS_TIMEOUT = Duration.ofSeconds(60);
    private static final int MAX_REDIRECTS = 5;
    private static final int MAX_TOKEN_BYTES = 1 << 20;

    private final URI base;
    private volatile @Nullable String token;

    RegistryConnection(URI base) {
        this.base = base;
    }

    /** {@return an answer with status 200; anything else is thrown as what it means} */
    HttpURLConnection get(String path, String accept, String what) throws PullException {
        var address = URI.create(base + path);
        var answer = follow(address, accept, what);
        if (status(answer, address) == HttpURLConnection.HTTP_UNAUTHORIZED) {
            var header = Optional.ofNullable(answer.getHeaderField("WWW-Authenticate"));
            var challenge = header.flatMap(BearerChallenge::parse);
            if (challenge.isEmpty()) {
                throw refused(answer, address, what);
            }
            answer.disconnect();
            token = fetchToken(challenge.get());
            answer = follow(address, accept, what);
        }
        if (status(answer, address) != HttpURLConnection.HTTP_OK) {
            throw refused(answer, address, what);
        }
        return answer;
    }

    private HttpURLConnection follow(URI start, String accept, String what) throws PullException {
        var address = start;
        for (int i = 0; i <= MAX_REDIRECTS; i++) {
            var answer = request(address, accept);
            if (!isRedirect(status(answer, address))) {
                return answer;
            }
            var location = answer.getHeaderField("Location");
            answer.disconnect();
            address = redirected(address, location == null ? "" : location);
        }
        throw new PullException(
                Reason.UNAVAILABLE, "too many redirects from " + start + " for " + what);
    }

    private static URI redirected(URI from, String location) throws PullException {
        try {
            var to = from.resolve(location);
            boolean downgraded =
                    "https".equals(from.getScheme()) && !"https".equals(to.getScheme());
            if (!location.isEmpty() && !downgraded && to.getHost() != null) {
                return to;
            }
        } catch (IllegalArgumentException notAnAddress) {
            throw new PullException(
                    Reason.UNAVAILABLE,
                    from + " redirects to \"" + location + "\", which is no address",
                    notAnAddress);
        }
        throw new PullException(
                Reason.UNAVAILABLE, from + " redirects to \"" + location + "\", refused");
    }

    private HttpURLConnection request(URI address, String accept) throws PullException {
        try {
            var request = (HttpURLConnection) address.toURL().openConnection();
            request.setInstanceFollowRedirects(false);
            request.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
            request.setReadTimeout((int) PROGRESS_TIMEOUT.toMillis());
            request.setRequestProperty("User-Agent", "demitasse");
            request.setRequestProperty("Accept", accept);
            var current = token;
            boolean ours = address.getRawAuthority().equals(base.getRawAuthority());
            if (current != null && ours) {
                request.setRequestProperty("Authorization", "Bearer " + current);
            }
            return request;
        } catch (IOException | ClassCastException | IllegalArgumentException wrong) {
            throw new PullException(Reason.UNAVAILABLE, "cannot ask " + address, wrong);
        }
    }

    private static int status(HttpURLConnection answer, URI address) throws PullException {
        try {
            return answer.getResponseCode();
        } catch (IOException unreachable) {
            throw new PullException(
                    Reason.UNAVAILABLE,
                    "registry at "
                            + address.getAuthority()
                            + " does not answer: "
                            + unreachable.getMessage(),
                    unreachable);
        }
    }

    private static boolean isRedirect(int status) {
        return switch (status) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
    }

    private static PullException refused(HttpURLConnection answer, URI address, String what)
            throws PullException {
        int status = status(answer, address);
        answer.disconnect();
        var where = " (GET " + address + ": " + status + ")";
        return switch (status) {
            case 404 -> new PullException(Reason.NOT_FOUND, what + " not found" + where);
            case 401, 403 ->
                    new PullException(
                            Reason.DENIED, what + " may not be read without credentials" + where);
            default -> new PullException(Reason.UNAVAILABLE, "registry refuses " + what + where);
        };
    }

    private String fetchToken(BearerChallenge challenge) throws PullException {
        var address = challenge.anonymous();
        var answer = follow(address, "application/json", "a token");
        if (status(answer, address) != HttpURLConnection.HTTP_OK) {
            throw refused(answer, address, "a token");
        }
        var json = JsonDocument.parse(body(answer, MAX_TOKEN_BYTES), "answer of " + address);
        var found = json.text("token").or(() -> accessToken(json));
        return found.orElseThrow(
                () -> new PullException(Reason.CORRUPT, "no token in the " + json));
    }

    private static Optional<String> accessToken(JsonDocument json) {
        try {
            return json.text("access_token");
        } catch (PullException notAString) {
            return Optional.empty(); // as good as none: the caller says so
        }
    }

    /** {@return a whole body, refused beyond a limit} */
    static byte[] body(HttpURLConnection answer, int maxBytes) throws PullException {
        try (InputStream in = answer.getInputStream()) {
            var content = in.readNBytes(maxBytes + 1);
            if (content.length > maxBytes) {
                throw new PullException(
                        Reason.CORRUPT, answer.getURL() + " is longer than " + maxBytes + " bytes");
            }
            return content;
        } catch (PullException refused) {
            throw refused;
        } catch (IOException lost) {
            throw new PullException(
                    Reason.UNAVAILABLE, "connection lost while reading " + answer.getURL(), lost);
        }
    }
}
