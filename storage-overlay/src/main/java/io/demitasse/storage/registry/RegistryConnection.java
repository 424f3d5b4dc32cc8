package io.demitasse.storage.registry;

import io.demitasse.storage.credential.Credential;
import io.demitasse.storage.credential.TokenCache;
import io.demitasse.storage.endpoint.Endpoint;
import io.demitasse.storage.endpoint.EndpointException;
import io.demitasse.storage.endpoint.Proxies;
import io.demitasse.storage.endpoint.ShownAddress;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import javax.net.ssl.SSLHandshakeException;

/** Asks one endpoint about one repository, again if it has to be and while there is hope. */
final class RegistryConnection {
    private final Endpoint endpoint;
    private final HttpClient client;
    private final HttpTimeouts timeouts;
    private final Authorization authorization;

    RegistryConnection(
            Endpoint endpoint,
            Credential credential,
            TokenCache tokens,
            HttpTimeouts timeouts,
            Proxies proxies)
            throws EndpointException {
        this.endpoint = endpoint;
        this.client = new HttpClient(endpoint, timeouts, proxies);
        this.timeouts = timeouts;
        this.authorization = new Authorization(endpoint, client, credential, tokens);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** {@return a request for something of the repository: {@code manifests/latest}} */
    HttpRequest request(String path, String accept) {
        var query = endpoint.query().isEmpty() ? "" : "?" + endpoint.query();
        return HttpRequest.get(
                URI.create(endpoint.base() + "/" + endpoint.repository() + "/" + path + query),
                accept);
    }

    /** {@return an answer that is the content; anything else is thrown as what it means} */
    HttpAnswer get(HttpRequest request, String what) throws PullException {
        for (int failures = 1; ; failures++) {
            var wanted = Duration.ZERO;
            try {
                var answer = authorized(request);
                if (answer.status() == 200 || answer.status() == 206) {
                    return answer;
                }
                var _ = answer.words();
                answer.close();
                wanted = answer.retryAfter().orElse(wanted);
                if (!answer.isTransient()
                        || failures >= timeouts.attempts()
                        || timeouts.isTooLong(wanted)) {
                    throw refused(answer, request, what);
                }
            } catch (PullException definite) {
                throw definite;
            } catch (IOException unreachable) {
                if (isHopeless(unreachable) || failures >= timeouts.attempts()) {
                    throw unreachable(unreachable);
                }
            }
            if (!timeouts.pause(failures, wanted)) {
                throw new PullException(Reason.CANCELLED, "cancelled while asking for " + what);
            }
        }
    }

    /** Asks once, whatever the answer, with credentials where they are asked for. */
    HttpAnswer once(HttpRequest request) throws IOException {
        return authorized(request);
    }

    /** Asks once, without credentials. */
    HttpAnswer anonymously(HttpRequest request) throws IOException {
        return client.send(request);
    }

    private HttpAnswer authorized(HttpRequest request) throws IOException {
        var answer = client.send(request.authorized(authorization.header()));
        if (answer.status() != 401) {
            return answer;
        }
        var _ = answer.words();
        answer.close();
        return authorization.answer(answer.headers("WWW-Authenticate"), request.address())
                ? client.send(request.authorized(authorization.header()))
                : answer;
    }

    /** Waiting does not open a port, and another endpoint may be there at once. */
    private static boolean isHopeless(IOException failure) {
        return failure instanceof ConnectException
                || failure instanceof NoRouteToHostException
                || failure instanceof UnknownHostException
                || failure instanceof SSLHandshakeException
                || Thread.currentThread().isInterrupted();
    }

    PullException unreachable(IOException failure) {
        var host = ShownAddress.authority(endpoint.base());
        var message =
                failure instanceof UnknownHostException
                        ? "registry " + host + " has no address"
                        : "registry at " + host + " does not answer: " + failure.getMessage();
        return Thread.currentThread().isInterrupted()
                ? new PullException(Reason.CANCELLED, "cancelled while asking " + host, failure)
                : new PullException(Reason.UNAVAILABLE, message, failure);
    }

    /** {@return what the server says of when to come back, if that is in some time} */
    private String busy(HttpAnswer answer) {
        return answer.retryAfter()
                .filter(timeouts::isTooLong)
                .map(wanted -> ", and wants to be left alone for " + wanted.toSeconds() + " s")
                .orElse("");
    }

    private PullException refused(HttpAnswer answer, HttpRequest request, String what) {
        int status = answer.status();
        var where = " (" + request + ": " + status + answer.words() + ")";
        var how =
                authorization.isAnonymous()
                        ? " may not be read without credentials"
                        : " may not be read with these credentials";
        return switch (status) {
            case 404 -> new PullException(Reason.NOT_FOUND, what + " not found" + where);
            case 401, 403 -> new PullException(Reason.DENIED, what + how + where);
            default ->
                    new PullException(
                            Reason.UNAVAILABLE, "registry refuses " + what + where + busy(answer));
        };
    }
}
