package io.demitasse.storage.registry;

import io.demitasse.storage.credential.Credential;
import io.demitasse.storage.endpoint.Endpoint;
import io.demitasse.storage.endpoint.EndpointException;
import io.demitasse.storage.endpoint.Proxies;
import io.demitasse.storage.endpoint.ShownAddress;
import io.demitasse.storage.endpoint.TlsSettings;
import io.demitasse.storage.endpoint.TlsSockets;
import io.demitasse.storage.endpoint.WebAddress;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Sends things to one endpoint. The JDK's newer client: the old one refuses PATCH.
 *
 * <p>Each request is sent once, and once more where credentials are asked for; whoever sends knows
 * what it means to send it again.
 */
final class UploadConnection implements AutoCloseable {
    private static final long LEAST_BYTES_PER_SECOND = 64 << 10;

    private final Endpoint endpoint;
    private final HttpTimeouts timeouts;
    private final Proxies proxies;
    private final Authorization authorization;
    private final HttpClient own;
    private final HttpClient foreign;

    UploadConnection(Endpoint endpoint, Credential credential, RegistryAccess access, String scopes)
            throws EndpointException {
        this.endpoint = endpoint;
        this.timeouts = access.timeouts();
        this.proxies = access.proxies();
        this.authorization =
                new Authorization(
                        endpoint,
                        new io.demitasse.storage.registry.HttpClient(endpoint, timeouts, proxies),
                        credential,
                        access.tokens(),
                        scopes);
        var tls = endpoint.transport().tls();
        this.own = client(tls);
        // our certificate is for the registry, not for whoever it sends us to
        this.foreign =
                tls.clients().isEmpty()
                        ? own
                        : client(new TlsSettings(tls.authorities(), List.of(), tls.skipVerify()));
    }

    private HttpClient client(TlsSettings tls) throws EndpointException {
        var builder =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(endpoint.transport().connectTimeout())
                        .proxy(new ByAddress(proxies));
        proxies.to(endpoint.base()).flatMap(ProxyPassword::of).ifPresent(builder::authenticator);
        if (!tls.equals(TlsSettings.SYSTEM)) {
            builder.sslContext(TlsSockets.context(tls));
        }
        return builder.build();
    }

    /** This client knows proxies that speak HTTP, and no others. */
    private static final class ByAddress extends ProxySelector {
        private final Proxies proxies;

        ByAddress(Proxies proxies) {
            this.proxies = proxies;
        }

        @Override
        public List<Proxy> select(URI address) {
            var found = proxies.to(address);
            if (found.isEmpty()) {
                return List.of(Proxy.NO_PROXY);
            }
            var host = WebAddress.host(found.get());
            int port = WebAddress.port(found.get(), 80);
            return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(host, port)));
        }

        @Override
        public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
            // whoever asked is told
        }
    }

    Endpoint endpoint() {
        return endpoint;
    }

    boolean isAnonymous() {
        return authorization.isAnonymous();
    }

    /** {@return the address of something of the repository: {@code blobs/uploads/}} */
    URI address(String path) {
        var query = endpoint.query();
        var separator = path.contains("?") ? "&" : "?";
        return URI.create(
                endpoint.base()
                        + "/"
                        + endpoint.repository()
                        + "/"
                        + path
                        + (query.isEmpty() ? "" : separator + query));
    }

    /** Sends a request without a body. */
    HttpResponse<byte[]> send(String method, URI address, Map<String, String> headers)
            throws IOException {
        return send(method, address, headers, new byte[0], 0, 0);
    }

    /** Sends a part of an array. */
    HttpResponse<byte[]> send(
            String method,
            URI address,
            Map<String, String> headers,
            byte[] body,
            int offset,
            int length)
            throws IOException {
        boolean ours = isOurs(address);
        var answer = once(method, address, headers, body, offset, length);
        if (answer.statusCode() != 401 || !ours) {
            return answer;
        }
        return authorization.answer(answer.headers().allValues("WWW-Authenticate"), address)
                ? once(method, address, headers, body, offset, length)
                : answer;
    }

    private boolean isOurs(URI address) {
        return endpoint.base().getScheme().equals(address.getScheme())
                && endpoint.base().getRawAuthority().equals(address.getRawAuthority());
    }

    private HttpResponse<byte[]> once(
            String method,
            URI address,
            Map<String, String> headers,
            byte[] body,
            int offset,
            int length)
            throws IOException {
        boolean ours = isOurs(address);
        boolean bare = length == 0 && (method.equals("GET") || method.equals("HEAD"));
        BodyPublisher publisher =
                bare ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body, offset, length);
        var request =
                request(address)
                        .method(method, publisher)
                        .timeout(
                                timeouts.silence()
                                        .plus(Duration.ofSeconds(length / LEAST_BYTES_PER_SECOND)))
                        .header("User-Agent", "demitasse");
        headers.forEach(request::setHeader);
        if (ours) {
            endpoint.transport()
                    .headers()
                    .forEach(
                            (name, values) -> values.forEach(value -> request.header(name, value)));
            if (!authorization.header().isEmpty()) {
                request.setHeader("Authorization", authorization.header());
            }
        }
        try {
            return (ours ? own : foreign).send(request.build(), BodyHandlers.ofByteArray());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while sending to " + endpoint);
        }
    }

    /** This client of the JDK takes no host whose name has an underscore. */
    private static HttpRequest.Builder request(URI address) throws PullException {
        try {
            return HttpRequest.newBuilder(address);
        } catch (IllegalArgumentException refused) {
            throw new PullException(
                    Reason.UNSUPPORTED,
                    "nothing can be sent to " + address.getRawAuthority() + ": " + refused,
                    refused);
        }
    }

    /** {@return where an upload goes on, as an answer says} */
    URI location(HttpResponse<byte[]> answer) throws PullException {
        var text = answer.headers().firstValue("Location").orElse("");
        URI to;
        try {
            to = WebAddress.resolve(answer.uri(), text);
        } catch (IllegalArgumentException notAnAddress) {
            // Without the cause, which quotes the address.
            throw new PullException(
                    Reason.CORRUPT, endpoint + " sends uploads to what is no address");
        }
        boolean downgraded =
                "https".equals(answer.uri().getScheme()) && !"https".equals(to.getScheme());
        if (text.isEmpty() || downgraded || !WebAddress.isWeb(to)) {
            throw new PullException(
                    Reason.CORRUPT,
                    endpoint
                            + " sends uploads to \""
                            + (text.isEmpty() ? "" : ShownAddress.of(to))
                            + "\", refused");
        }
        NodeLocalAddresses.refuse(endpoint.base(), to, proxies.proxy(to));
        return to;
    }

    @Override
    public void close() {
        own.shutdownNow();
        foreign.shutdownNow();
    }
}
