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
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** What a server answered. Closing one whose body was not read to its end drops the connection. */
final class HttpAnswer implements AutoCloseable {
    private final HttpURLConnection connection;
    private final HttpRequest request;
    private final int status;
    private boolean finished;
    private @Nullable String words;

    private HttpAnswer(HttpURLConnection connection, HttpRequest request, int status) {
        this.connection = connection;
        this.request = request;
        this.status = status;
    }

    /** Waits for the answer to a request. */
    static HttpAnswer to(HttpRequest request, HttpURLConnection connection) throws IOException {
        return new HttpAnswer(connection, request, connection.getResponseCode());
    }

    int status() {
        return status;
    }

    URI address() {
        return request.address();
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

    /** {@return how long the server wants us to wait, if it says so} */
    Optional<Duration> retryAfter() {
        return header("Retry-After").flatMap(HttpTimeouts::retryAfter);
    }

    /**
     * {@return what the server says about a refusal, after a space, or nothing} To be asked before
     * the answer is closed; it is remembered.
     */
    String words() {
        if (words == null) {
            words = status < 400 ? "" : RegistryWords.of(refusal(), request.secrets());
        }
        return words;
    }

    /** {@return the body of a refusal, as much as people read of it} */
    private byte[] refusal() {
        var body = connection.getErrorStream();
        if (body == null) {
            return new byte[0];
        }
        try (body) {
            var start = plain(body).readNBytes(RegistryWords.MAX_BYTES);
            finished = start.length < RegistryWords.MAX_BYTES;
            return start;
        } catch (IOException lost) {
            return new byte[0]; // the status says what is to be known
        }
    }

    /** {@return whether what was asked for comes compressed, though nobody asked for that} */
    boolean isCompressed() {
        return header("Content-Encoding")
                .filter(coding -> coding.strip().matches("(?i)(?:x-)?gzip"))
                .isPresent();
    }

    private InputStream plain(InputStream body) throws IOException {
        return isCompressed() ? new GZIPInputStream(body) : body;
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
            throw new IOException(ShownAddress.of(address()) + " answers " + status);
        }
        return connection.getInputStream();
    }

    /** {@return the body, decompressed if need be} */
    InputStream plainStream() throws IOException {
        return plain(stream());
    }

    /** {@return the whole body, decompressed if need be, refused beyond a limit} */
    byte[] body(int maxBytes) throws IOException {
        try (var in = plainStream()) {
            var content = in.readNBytes(maxBytes + 1);
            if (content.length > maxBytes) {
                throw new PullException(
                        Reason.CORRUPT,
                        ShownAddress.of(address()) + " is longer than " + maxBytes + " bytes");
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
