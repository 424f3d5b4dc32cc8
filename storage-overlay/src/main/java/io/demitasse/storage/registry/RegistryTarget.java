package io.demitasse.storage.registry;

import io.demitasse.storage.endpoint.Capability;
import io.demitasse.storage.endpoint.EndpointException;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * One repository of a registry, as somewhere to put an image.
 *
 * <p>Of the endpoints that may be pushed to, the first that answers is taken. Belongs to one
 * thread, which closes it.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push">OCI
 *     distribution, push</a>
 */
public final class RegistryTarget implements AutoCloseable {
    private final UploadConnection connection;
    private final Reference reference;
    private final HttpTimeouts timeouts;

    private RegistryTarget(
            UploadConnection connection, Reference reference, HttpTimeouts timeouts) {
        this.connection = connection;
        this.reference = reference;
        this.timeouts = timeouts;
    }

    /**
     * Finds the endpoint to push to.
     *
     * @param mounts repositories of the same registry that layers may be taken over from
     */
    public static RegistryTarget of(Reference reference, RegistryAccess access, List<String> mounts)
            throws PullException {
        var failures = new ArrayList<IOException>();
        try {
            for (var endpoint : access.endpoints().of(reference)) {
                if (!endpoint.can(Capability.PUSH)) {
                    continue;
                }
                var scopes =
                        new StringBuilder("repository:" + endpoint.repository() + ":pull,push");
                mounts.forEach(
                        mount -> scopes.append(" repository:").append(mount).append(":pull"));
                var credential =
                        RegistryAccess.credential(access.credentials(), endpoint, reference);
                var connection =
                        new UploadConnection(endpoint, credential, access, scopes.toString());
                try {
                    connection.send("GET", URI.create(endpoint.base() + "/"), Map.of());
                    return new RegistryTarget(connection, reference, access.timeouts());
                } catch (PullException definite) {
                    connection.close();
                    throw definite;
                } catch (IOException unreachable) {
                    connection.close();
                    failures.add(
                            new IOException(endpoint + ": " + unreachable.toString(), unreachable));
                }
            }
        } catch (PullException definite) {
            throw definite;
        } catch (EndpointException unusable) {
            throw new PullException(Reason.MISCONFIGURED, "cannot push " + reference, unusable);
        } catch (IOException unreadable) {
            throw new PullException(
                    Reason.MISCONFIGURED, "no credentials to push " + reference, unreadable);
        }
        throw unreachable(reference, failures);
    }

    private static PullException unreachable(Reference reference, List<IOException> failures) {
        if (failures.isEmpty()) {
            return new PullException(
                    Reason.MISCONFIGURED,
                    "no endpoint of "
                            + reference.domain()
                            + " may be pushed to: none has the capability \"push\"");
        }
        var all = failures.stream().map(IOException::getMessage).collect(Collectors.joining("; "));
        return new PullException(
                Reason.UNAVAILABLE, "registry of " + reference + " does not answer: " + all);
    }

    /** {@return where things go, for people} */
    public String endpoint() {
        return connection.endpoint().toString();
    }

    /** {@return whether the repository has a blob} */
    public boolean has(Digest digest) throws PullException {
        var answer =
                persistently(
                        "blob " + digest,
                        () ->
                                connection.send(
                                        "HEAD", connection.address("blobs/" + digest), Map.of()));
        return switch (answer.statusCode()) {
            case 200, 307 -> true;
            case 404 -> false;
            default -> throw refused(answer, "blob " + digest);
        };
    }

    /** Takes a blob over from another repository of the registry; {@return from which} */
    public Optional<String> mount(Digest digest, List<String> repositories) throws PullException {
        for (var from : repositories) {
            var answer = begin("?mount=" + digest + "&from=" + encoded(from));
            if (answer.statusCode() == 201) {
                return Optional.of(from);
            }
            cancel(answer);
        }
        return Optional.empty();
    }

    /** Puts a blob into the repository; progress is told in bytes since the last time. */
    public void upload(Blob blob, LongConsumer sent) throws IOException {
        for (int failures = 1; ; failures++) {
            try (var content = blob.open()) {
                new BlobUpload(connection, timeouts, blob.toString())
                        .run(connection.location(begin("")), content, blob, sent);
                return;
            } catch (BlobUpload.LostException lost) {
                if (failures >= timeouts.attempts() || !timeouts.pause(failures, Duration.ZERO)) {
                    throw new PullException(
                            Reason.UNAVAILABLE,
                            "connection lost while sending " + blob + " to " + endpoint(),
                            lost);
                }
            }
        }
    }

    /** A blob that is on its way out. */
    public interface Blob {
        /** {@return its digest, unless it is known only at the end} */
        Optional<Digest> digest();

        /** {@return its digest, after it was read to its end} */
        Digest finalDigest();

        /** {@return it, from the beginning} */
        InputStream open() throws IOException;
    }

    private HttpResponse<byte[]> begin(String query) throws PullException {
        var answer =
                persistently(
                        "an upload",
                        () ->
                                connection.send(
                                        "POST",
                                        connection.address("blobs/uploads/" + query),
                                        Map.of()));
        return switch (answer.statusCode()) {
            case 201, 202 -> answer;
            default -> throw refused(answer, "an upload");
        };
    }

    /** The registry would keep what is begun for days. */
    private void cancel(HttpResponse<byte[]> begun) throws PullException {
        var location = connection.location(begun);
        try {
            connection.send("DELETE", location, Map.of());
        } catch (IOException lost) {
            return; // it forgets it in time
        }
    }

    /** Puts the manifest where the name says; {@return its digest} */
    public Digest tag(byte[] manifest, String mediaType) throws PullException {
        var digest = Digest.of(manifest);
        var what = "manifest " + digest;
        var answer =
                persistently(
                        what,
                        () ->
                                connection.send(
                                        "PUT",
                                        connection.address("manifests/" + reference.target()),
                                        Map.of("Content-Type", mediaType),
                                        manifest,
                                        0,
                                        manifest.length));
        if (answer.statusCode() / 100 != 2) {
            throw refused(answer, what);
        }
        return digest;
    }

    /** Something that may be done again. */
    private interface Attempt {
        HttpResponse<byte[]> run() throws IOException;
    }

    private HttpResponse<byte[]> persistently(String what, Attempt attempt) throws PullException {
        for (int failures = 1; ; failures++) {
            var wanted = Duration.ZERO;
            try {
                var answer = attempt.run();
                wanted = retryAfter(answer);
                if (!isTransient(answer.statusCode())
                        || failures >= timeouts.attempts()
                        || timeouts.isTooLong(wanted)) {
                    return answer;
                }
            } catch (PullException definite) {
                throw definite;
            } catch (InterruptedIOException interrupted) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new PullException(Reason.CANCELLED, "push was cancelled", interrupted);
                }
                giveUp(failures, interrupted);
            } catch (IOException lost) {
                giveUp(failures, lost);
            }
            if (!timeouts.pause(failures, wanted)) {
                throw new PullException(Reason.CANCELLED, "cancelled while sending " + what);
            }
        }
    }

    private void giveUp(int failures, IOException lost) throws PullException {
        if (failures >= timeouts.attempts()) {
            throw new PullException(
                    Reason.UNAVAILABLE, "registry at " + endpoint() + " does not answer", lost);
        }
    }

    static boolean isTransient(int status) {
        return switch (status) {
            case 408, 425, 429, 500, 502, 503, 504 -> true;
            default -> false;
        };
    }

    static Duration retryAfter(HttpResponse<byte[]> answer) {
        return answer.headers()
                .firstValue("Retry-After")
                .flatMap(HttpTimeouts::retryAfter)
                .orElse(Duration.ZERO);
    }

    private PullException refused(HttpResponse<byte[]> answer, String what) {
        int status = answer.statusCode();
        var where = " of " + reference + " (" + endpoint() + ": " + status + said(answer) + ")";
        return switch (status) {
            case 401, 403 ->
                    new PullException(
                            Reason.DENIED,
                            what
                                    + " may not be written "
                                    + (connection.isAnonymous()
                                            ? "without credentials"
                                            : "with these credentials")
                                    + where);
            default -> new PullException(Reason.UNAVAILABLE, "registry refuses " + what + where);
        };
    }

    /** {@return what the registry says about it} */
    static String said(HttpResponse<byte[]> answer) {
        var sent = answer.request().headers().firstValue("Authorization").orElse("");
        return RegistryWords.of(answer.body(), HttpRequest.secrets(sent));
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        connection.close();
    }
}
