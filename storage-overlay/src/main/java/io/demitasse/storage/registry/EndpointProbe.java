package io.demitasse.storage.registry;

import io.demitasse.storage.endpoint.Capability;
import io.demitasse.storage.endpoint.Endpoint;
import io.demitasse.storage.endpoint.EndpointException;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a pull would ask one endpoint, and what that answers.
 *
 * @param endpoint scheme, host and port
 * @param role "registry" or "mirror"
 * @param origin which configuration made it an endpoint
 * @param credentials where they come from, never what they are
 * @param question the request, or why there is none
 * @param answer status and digest, or the failure in words; empty if it was not asked
 * @param isGood whether a pull would go on with this answer
 */
public record EndpointProbe(
        String endpoint,
        String role,
        String origin,
        String credentials,
        String question,
        String answer,
        Duration took,
        boolean isGood) {
    /**
     * Asks every endpoint of an image for its manifest, one after another and once each.
     *
     * @throws PullException if the configuration cannot be read, or blocks the image
     */
    public static List<EndpointProbe> all(Reference reference, RegistryAccess access)
            throws PullException {
        var probes = new ArrayList<EndpointProbe>();
        try {
            for (var endpoint : access.endpoints().of(reference)) {
                probes.add(probe(endpoint, reference, access));
            }
        } catch (EndpointException unusable) {
            throw new PullException(Reason.MISCONFIGURED, "cannot pull " + reference, unusable);
        }
        return probes;
    }

    private static EndpointProbe probe(
            Endpoint endpoint, Reference reference, RegistryAccess access) {
        String origin;
        var wanted = reference.digest().isPresent() ? Capability.PULL : Capability.RESOLVE;
        try {
            origin =
                    access.credentials()
                            .origin(
                                    RegistryAccess.host(endpoint, reference),
                                    RegistryAccess.path(endpoint, reference));
        } catch (IOException unreadable) {
            origin = "unreadable: " + unreadable.getMessage();
        }
        if (!endpoint.can(wanted)) {
            var why = "not asked: it lacks the capability \"" + word(wanted) + "\"";
            return of(endpoint, origin, why, "", 0, false);
        }
        long began = System.nanoTime();
        try {
            var connection =
                    new RegistryConnection(
                            endpoint,
                            RegistryAccess.credential(access.credentials(), endpoint, reference),
                            access.tokens(),
                            access.timeouts(),
                            access.proxies());
            return ask(connection, reference, origin);
        } catch (IOException failure) {
            var question = "GET manifests/" + reference.target();
            return of(endpoint, origin, question, sentence(failure), began, false);
        }
    }

    private static EndpointProbe ask(
            RegistryConnection connection, Reference reference, String origin) throws IOException {
        var request =
                connection.request("manifests/" + reference.target(), RegistrySource.MANIFESTS);
        long began = System.nanoTime();
        try (var answer = connection.once(request)) {
            boolean good = answer.status() == 200;
            var text = Integer.toString(answer.status());
            if (good) {
                var content = answer.body(ManifestChoice.MAX_MANIFEST_BYTES);
                ManifestChoice.check(content, "the answer");
                var digest = Digest.of(content);
                good = reference.digest().filter(other -> !other.equals(digest)).isEmpty();
                text += " " + digest;
            } else {
                text += answer.words();
            }
            return of(connection.endpoint(), origin, request.toString(), text, began, good);
        } catch (IOException failure) {
            return of(
                    connection.endpoint(),
                    origin,
                    request.toString(),
                    sentence(failure),
                    began,
                    false);
        }
    }

    private static EndpointProbe of(
            Endpoint endpoint,
            String credentials,
            String question,
            String answer,
            long began,
            boolean good) {
        return new EndpointProbe(
                endpoint.toString(),
                endpoint.role() == Endpoint.Role.SERVER ? "registry" : "mirror",
                endpoint.origin(),
                credentials,
                question,
                answer,
                began == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - began),
                good);
    }

    private static String sentence(IOException failure) {
        var message = failure.getMessage();
        var text =
                failure instanceof PullException && message != null ? message : failure.toString();
        return text.replaceFirst("^java[.a-z]*\\.", "");
    }

    private static String word(Capability capability) {
        return capability.name().toLowerCase(java.util.Locale.ROOT);
    }
}
