package io.demitasse.storage.registry;

import io.demitasse.storage.endpoint.Endpoint;
import io.demitasse.storage.endpoint.EndpointException;
import io.demitasse.storage.endpoint.Proxies;
import io.demitasse.storage.endpoint.ShownAddress;
import io.demitasse.storage.endpoint.TlsSettings;
import io.demitasse.storage.endpoint.TlsSockets;
import io.demitasse.storage.endpoint.WebAddress;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/**
 * Sends requests as an endpoint's settings say, and follows redirects.
 *
 * <p>The JDK's old client is enough here: requests are few, bodies are streams, and a thread waits
 * for each anyway. Authorization, additional headers and our certificate go to the host that a
 * request was meant for and to no other; the authorities that we trust hold for those as well.
 */
final class HttpClient {
    private static final int MAX_REDIRECTS = 5;
    private static final String TUNNELING = "jdk.http.auth.tunneling.disabledSchemes";

    private final Endpoint endpoint;
    private final HttpTimeouts timeouts;
    private final Proxies proxies;
    private final Optional<SSLSocketFactory> own;
    private final Optional<SSLSocketFactory> foreign;

    static {
        // By default the JDK keeps a proxy's password from it where the server is asked by TLS:
        // it is the proxy that was given that password, and the only one that gets it.
        if (System.getProperty(TUNNELING) == null) {
            System.setProperty(TUNNELING, "");
        }
    }

    HttpClient(Endpoint endpoint, HttpTimeouts timeouts, Proxies proxies) throws EndpointException {
        this.endpoint = endpoint;
        this.timeouts = timeouts;
        this.proxies = proxies;
        var tls = endpoint.transport().tls();
        this.own = factory(tls);
        this.foreign =
                tls.clients().isEmpty()
                        ? own
                        : factory(new TlsSettings(tls.authorities(), List.of(), tls.skipVerify()));
    }

    private static Optional<SSLSocketFactory> factory(TlsSettings tls) throws EndpointException {
        return tls.equals(TlsSettings.SYSTEM)
                ? Optional.empty()
                : Optional.of(TlsSockets.factory(tls));
    }

    /**
     * {@return the answer, which is no redirect}
     *
     * @throws PullException if a redirect leads nowhere
     * @throws IOException if a server cannot be reached
     */
    HttpAnswer send(HttpRequest request) throws IOException {
        var current = request;
        for (int i = 0; i <= MAX_REDIRECTS; i++) {
            var answer = HttpAnswer.to(current, open(current));
            if (!answer.isRedirect()) {
                return answer;
            }
            var location = answer.header("Location").orElse("");
            answer.close();
            var to = redirected(current.address(), location);
            if (current.form().isPresent() && !current.isSameHost(to)) {
                throw new PullException(
                        Reason.UNAVAILABLE,
                        current
                                + " would send a secret on to "
                                + ShownAddress.authority(to)
                                + ", refused");
            }
            current = current.redirected(to);
        }
        throw new PullException(Reason.UNAVAILABLE, "too many redirects from " + request);
    }

    private static URI redirected(URI from, String location) throws PullException {
        URI to;
        try {
            to = WebAddress.resolve(from, location);
        } catch (IllegalArgumentException notAnAddress) {
            // Without the cause, which quotes the address.
            throw new PullException(
                    Reason.UNAVAILABLE, ShownAddress.of(from) + " redirects to what is no address");
        }
        boolean downgraded = "https".equals(from.getScheme()) && !"https".equals(to.getScheme());
        if (location.isEmpty() || downgraded || !WebAddress.isWeb(to)) {
            throw new PullException(
                    Reason.UNAVAILABLE,
                    ShownAddress.of(from)
                            + " redirects to \""
                            + (location.isEmpty() ? "" : ShownAddress.of(to))
                            + "\", refused");
        }
        return to;
    }

    private HttpURLConnection open(HttpRequest request) throws IOException {
        var proxy = proxies.proxy(request.address());
        NodeLocalAddresses.refuse(endpoint.base(), request.address(), proxy);
        var opened = request.address().toURL().openConnection(proxy);
        if (!(opened instanceof HttpURLConnection connection)) {
            throw new PullException(
                    Reason.UNAVAILABLE, "cannot ask " + ShownAddress.of(request.address()));
        }
        proxies.to(request.address())
                .flatMap(ProxyPassword::of)
                .ifPresent(connection::setAuthenticator);
        boolean ours = request.isSameHost(endpoint.base());
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout((int) endpoint.transport().connectTimeout().toMillis());
        connection.setReadTimeout((int) timeouts.silence().toMillis());
        connection.setRequestProperty("User-Agent", "demitasse");
        request.headers().forEach(connection::setRequestProperty);
        if (ours) {
            endpoint.transport()
                    .headers()
                    .forEach((name, values) ->
                            values.forEach(value -> connection.addRequestProperty(name, value)));
        }
        if (!request.authorization().isEmpty()) {
            connection.setRequestProperty("Authorization", request.authorization());
        }
        if (connection instanceof HttpsURLConnection secure) {
            secure(secure, ours, request.address());
        }
        if (request.form().isPresent()) {
            post(connection, request.body());
        }
        return connection;
    }

    private static void post(HttpURLConnection connection, byte[] form) throws IOException {
        connection.setRequestMethod("POST");
        connection.setRequestProperty("Content-Type", "application/x-www-form-urlencoded");
        connection.setDoOutput(true);
        try (var body = connection.getOutputStream()) {
            body.write(form);
        }
    }

    private void secure(HttpsURLConnection connection, boolean ours, URI address) {
        (ours ? own : foreign).ifPresent(connection::setSSLSocketFactory);
        if (endpoint.transport().tls().skipVerify()) {
            connection.setHostnameVerifier((_, _) -> true);
        } else if (WebAddress.host(address).contains("_")) {
            connection.setHostnameVerifier(UnderscoreNames::match);
        }
    }
}
