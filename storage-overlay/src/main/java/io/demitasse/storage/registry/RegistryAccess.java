package io.demitasse.storage.registry;

import io.demitasse.storage.credential.Credential;
import io.demitasse.storage.credential.Credentials;
import io.demitasse.storage.credential.TokenCache;
import io.demitasse.storage.endpoint.Endpoint;
import io.demitasse.storage.endpoint.Proxies;
import io.demitasse.storage.endpoint.RegistryEndpoints;
import io.demitasse.storage.reference.Reference;
import java.io.IOException;
import java.time.InstantSource;

/** How a node gets at registries: where they are, who it is to them, which tokens it has. */
public record RegistryAccess(
        RegistryEndpoints endpoints,
        Credentials credentials,
        TokenCache tokens,
        HttpTimeouts timeouts,
        Proxies proxies,
        Ranges ranges) {
    /** Asks registries themselves, as nobody in particular. */
    public static RegistryAccess standard() {
        return of(RegistryEndpoints.STANDARD, Credentials.ANONYMOUS);
    }

    /** Without tokens at first. */
    public static RegistryAccess of(RegistryEndpoints endpoints, Credentials credentials) {
        return new RegistryAccess(
                endpoints,
                credentials,
                new TokenCache(InstantSource.system()),
                HttpTimeouts.DEFAULT,
                Proxies.NONE,
                Ranges.DEFAULT);
    }

    /** {@return who we are to an endpoint of an image} */
    static Credential credential(Credentials credentials, Endpoint endpoint, Reference reference)
            throws IOException {
        return credentials.of(host(endpoint, reference), path(endpoint, reference));
    }

    /** {@return the host whose credentials an endpoint may see} */
    static String host(Endpoint endpoint, Reference reference) {
        boolean server = endpoint.role() == Endpoint.Role.SERVER;
        return server ? reference.domain() : endpoint.base().getRawAuthority();
    }

    static String path(Endpoint endpoint, Reference reference) {
        boolean server = endpoint.role() == Endpoint.Role.SERVER;
        return server ? reference.path() : endpoint.repository();
    }

    /** {@return the same with other patience} */
    public RegistryAccess with(HttpTimeouts chosen) {
        return new RegistryAccess(endpoints, credentials, tokens, chosen, proxies, ranges);
    }

    /** {@return the same by way of proxies} */
    public RegistryAccess with(Proxies chosen) {
        return new RegistryAccess(endpoints, credentials, tokens, timeouts, chosen, ranges);
    }

    /** {@return the same with big blobs asked for in other pieces} */
    public RegistryAccess with(Ranges chosen) {
        return new RegistryAccess(endpoints, credentials, tokens, timeouts, proxies, chosen);
    }
}
