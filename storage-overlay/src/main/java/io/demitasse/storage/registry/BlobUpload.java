package io.demitasse.storage.registry;

import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;

/**
 * Sends one blob in chunks, and goes on where a broken connection left off if the registry can.
 *
 * <p>A chunk is kept in memory until the registry has it, so the blob is read once and front to
 * back. Its digest is told at the end: what turns out wrong while it is read is never finished.
 */
final class BlobUpload {
    /** More than the least that registries on object stores want, 5 MiB. */
    private static final int CHUNK_BYTES = 8 << 20;

    private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");
    private static final Map<String, String> BYTES =
            Map.of("Content-Type", "application/octet-stream");

    private final UploadConnection connection;
    private final HttpTimeouts timeouts;
    private final String what;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private long confirmed; // bytes that the registry has

    /** The registry does not know where it was: the blob has to be sent from its beginning. */
    static final class LostException extends IOException {
        private static final long serialVersionUID = 1L;

        LostException(String message) {
            super(message);
        }
    }

    BlobUpload(UploadConnection connection, HttpTimeouts timeouts, String what) {
        this.connection = connection;
        this.timeouts = timeouts;
        this.what = what;
    }

    /** Sends all of it; progress is told in bytes since the last time. */
    void run(URI session, InputStream content, RegistryTarget.Blob blob, LongConsumer sent)
            throws IOException {
        var location = session;
        int count = content.readNBytes(chunk, 0, chunk.length);
        while (count == chunk.length) {
            location = send(location, count);
            sent.accept(count);
            count = content.readNBytes(chunk, 0, chunk.length);
        }
        if (count > 0 && confirmed > 0) {
            location = send(location, count);
            sent.accept(count);
            count = 0;
        }
        finish(location, count, blob);
        sent.accept(count);
    }

    private URI send(URI session, int count) throws IOException {
        long start = confirmed;
        var location = session;
        for (int failures = 1; ; failures++) {
            int done = (int) (confirmed - start);
            if (done == count) {
                return location;
            }
            try {
                var answer = patch(location, done, count);
                if (answer.statusCode() == 202 || answer.statusCode() == 204) {
                    confirmed = start + count;
                    return connection.location(answer);
                }
                if (!RegistryTarget.isTransient(answer.statusCode())) {
                    throw refused(answer);
                }
                pause(failures, RegistryTarget.retryAfter(answer));
            } catch (PullException definite) {
                throw definite;
            } catch (IOException broken) {
                checkInterrupted(broken);
                pause(failures, Duration.ZERO);
            }
            location = where(location, start, count);
        }
    }

    private HttpResponse<byte[]> patch(URI location, int done, int count) throws IOException {
        var headers = new java.util.HashMap<>(BYTES);
        headers.put("Content-Range", confirmed + "-" + (confirmed + count - done - 1));
        return connection.send("PATCH", location, headers, chunk, done, count - done);
    }

    /** Asks how much has arrived; {@return where to go on} */
    private URI where(URI session, long start, int count) throws IOException {
        try {
            var answer = connection.send("GET", session, Map.of());
            var range = answer.headers().firstValue("Range").orElse("");
            var matcher = RANGE.matcher(range);
            if (answer.statusCode() == 204 && matcher.matches()) {
                long last = Long.parseLong(matcher.group(1));
                long received = last == 0 ? 0 : last + 1;
                if (received >= start && received <= start + count) {
                    confirmed = received;
                    return connection.location(answer);
                }
            }
            throw new LostException(
                    connection.endpoint()
                            + " lost an upload at byte "
                            + confirmed
                            + " ("
                            + answer.statusCode()
                            + " "
                            + range
                            + ")");
        } catch (PullException | LostException definite) {
            throw definite;
        } catch (IOException broken) {
            checkInterrupted(broken);
            return session; // the next attempt finds out
        }
    }

    /** The last request has the digest, and the whole blob if it is small. */
    private void finish(URI session, int count, RegistryTarget.Blob blob) throws IOException {
        var digest = blob.finalDigest();
        var text = session.toString();
        var address = URI.create(text + (text.contains("?") ? "&" : "?") + "digest=" + digest);
        HttpResponse<byte[]> answer;
        try {
            answer = connection.send("PUT", address, BYTES, chunk, 0, count);
        } catch (PullException definite) {
            throw definite;
        } catch (IOException broken) {
            checkInterrupted(broken);
            throw lost("connection broke at the end of an upload: " + broken);
        }
        if (RegistryTarget.isTransient(answer.statusCode()) || answer.statusCode() == 404) {
            throw lost("upload ended with " + answer.statusCode());
        }
        if (answer.statusCode() / 100 != 2) {
            throw refused(answer);
        }
    }

    private static LostException lost(String why) {
        return new LostException(why);
    }

    private void pause(int failures, Duration wanted) throws IOException {
        if (failures >= timeouts.attempts() || timeouts.isTooLong(wanted)) {
            throw lost("sent a part " + failures + " times");
        }
        if (!timeouts.pause(failures, wanted)) {
            throw new PullException(Reason.CANCELLED, "cancelled while sending " + what);
        }
    }

    private void checkInterrupted(IOException broken) throws PullException {
        if (Thread.currentThread().isInterrupted()) {
            throw new PullException(Reason.CANCELLED, "cancelled while sending " + what, broken);
        }
    }

    private PullException refused(HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        return new PullException(
                status == 401 || status == 403 ? Reason.DENIED : Reason.UNAVAILABLE,
                "registry at "
                        + connection.endpoint()
                        + " refuses "
                        + what
                        + " ("
                        + status
                        + RegistryTarget.said(answer)
                        + ")");
    }
}
