package io.demitasse.storage.registry;

import io.demitasse.storage.endpoint.ShownAddress;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What a server answered. Closing one whose body was not read to its end drops the connection. */
final class HttpAnswer implements AutoCloseable {
    private final HttpURLConnection connection;
    private final URI address;
    private final int status;
    private boolean finished;

    private HttpAnswer(HttpURLConnection connection, URI address, int status) {
        this.connection = connection;
        this.address = address;
        this.status = status;
    }

    /** Waits for the answer to a request. */
    static HttpAnswer to(HttpURLConnection request, URI address) throws IOException {
        return new HttpAnswer(request, address, request.getResponseCode());
    }

    int status() {
        return status;
    }

    URI address() {
        return address;
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(connection.getHeaderField(name));
    }

    /** {@return all headers of a name} */
    List<String> headers(String name) {
        return connection.getHeaderFields().entrySet().stream()
                .filter(entry -> name.equalsIgnoreCase(entry.getKey()))
                .flatMap(entry -> entry.getValue().stream())
                .toList();
    }

    boolean isRedirect() {
        return switch (status) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
    }

    /** {@return whether asking again may help} */
    boolean isTransient() {
        return switch (status) {
            case 408, 425, 429, 500, 502, 503, 504 -> true;
            default -> false;
        };
    }

    /** {@return how long the server wants us to wait, if it says so in seconds} */
    Optional<Duration> retryAfter() {
        return header("Retry-After")
                .filter(text -> text.matches("[0-9]{1,6}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    }

    /** {@return how long the body is said to be} */
    OptionalLong length() {
        long length = connection.getContentLengthLong();
        return length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
    }

    /** The body was read to its end: the connection may serve again. */
    void finished() {
        finished = true;
    }

    InputStream stream() throws IOException {
        if (status >= 400) { // the JDK would say so with the whole address
            throw new IOException(ShownAddress.of(address) + " answers " + status);
        }
        return connection.getInputStream();
    }

    /** {@return the whole body, refused beyond a limit} */
    byte[] body(int maxBytes) throws IOException {
        try (var in = stream()) {
            var content = in.readNBytes(maxBytes + 1);
            if (content.length > maxBytes) {
                throw new PullException(
                        Reason.CORRUPT,
                        ShownAddress.of(address) + " is longer than " + maxBytes + " bytes");
            }
            finished();
            return content;
        }
    }

    @Override
    public void close() {
        if (!finished) {
            connection.disconnect();
        }
    }
}
