package io.demitasse.storage.registry;

import io.demitasse.storage.credential.Credential;
import io.demitasse.storage.credential.TokenCache;
import io.demitasse.storage.endpoint.Endpoint;
import io.demitasse.storage.endpoint.EndpointException;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;

/** Shows a registry a name and a password before anybody relies on them. */
public final class RegistryLogin {
    private RegistryLogin() {}

    /** What a registry says to a credential that it does not refuse. */
    public enum Answer {
        /** It wanted one, and took this. */
        ACCEPTED,
        /** It lets everybody in, and did not look. */
        NOT_ASKED
    }

    /**
     * Shows a credential to the registry itself, not to its mirrors.
     *
     * @param registry host, and port if it has one
     * @throws PullException if it is refused, or nobody answers
     */
    public static Answer verify(String registry, Credential credential, RegistryAccess access)
            throws PullException {
        var reference = Reference.parse(registry + "/login");
        List<Endpoint> endpoints;
        try {
            endpoints = access.endpoints().of(reference);
        } catch (EndpointException unusable) {
            throw new PullException(Reason.MISCONFIGURED, "cannot reach " + registry, unusable);
        }
        PullException last =
                new PullException(Reason.MISCONFIGURED, registry + " has no endpoint of its own");
        for (var endpoint : endpoints) {
            if (endpoint.role() == Endpoint.Role.SERVER) {
                try {
                    return verify(endpoint, credential, access);
                } catch (PullException failure) {
                    if (failure.reason() != Reason.UNAVAILABLE) {
                        throw failure;
                    }
                    last = failure;
                }
            }
        }
        throw last;
    }

    private static Answer verify(Endpoint endpoint, Credential credential, RegistryAccess access)
            throws PullException {
        try {
            var connection =
                    new RegistryConnection(
                            endpoint,
                            credential,
                            new TokenCache(InstantSource.system()),
                            access.timeouts(),
                            access.proxies());
            var request = HttpRequest.get(URI.create(endpoint.base() + "/"), "*/*");
            boolean asked;
            try (var answer = connection.anonymously(request)) {
                asked = answer.status() == 401;
                if (!asked && answer.status() != 200) {
                    throw unexpected(endpoint, answer);
                }
            }
            if (!asked) {
                return Answer.NOT_ASKED;
            }
            try (var answer = connection.once(request)) {
                return switch (answer.status()) {
                    case 200 -> Answer.ACCEPTED;
                    case 401, 403 ->
                            throw new PullException(
                                    Reason.DENIED,
                                    endpoint + " refuses this name and password" + said(answer));
                    default -> throw unexpected(endpoint, answer);
                };
            }
        } catch (PullException definite) {
            throw definite;
        } catch (EndpointException unusable) {
            throw new PullException(Reason.MISCONFIGURED, "cannot reach " + endpoint, unusable);
        } catch (IOException lost) {
            throw new PullException(
                    Reason.UNAVAILABLE, endpoint + " does not answer: " + lost, lost);
        }
    }

    private static String said(HttpAnswer answer) {
        return answer.words().isEmpty() ? "" : ":" + answer.words();
    }

    private static PullException unexpected(Endpoint endpoint, HttpAnswer answer) {
        return new PullException(
                Reason.UNAVAILABLE,
                endpoint + " is no registry: GET /v2/ answers " + answer.status() + answer.words());
    }
}
