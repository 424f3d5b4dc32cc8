package io.demitasse.storage.endpoint;

import java.net.URI;
import java.util.Set;

/**
 * One place that a repository can be had from.
 *
 * @param base what is put before {@code /REPOSITORY/manifests/…}: {@code https://host/v2}
 * @param repository the path of the repository at this endpoint
 * @param query added to each request, {@code ns=docker.io}, or empty
 * @param role whether this is the registry itself
 * @param origin which configuration file, and what in it, made this an endpoint
 */
public record Endpoint(
        URI base,
        String repository,
        String query,
        Role role,
        Set<Capability> capabilities,
        Transport transport,
        String origin) {
    /** Whose credentials an endpoint may see. */
    public enum Role {
        /** The registry that the image's name means. */
        SERVER,
        /** Somebody else who has copies. */
        MIRROR
    }

    /** Copies. */
    public Endpoint {
        capabilities = Set.copyOf(capabilities);
    }

    /** {@return the same, for another reason} */
    Endpoint from(String decided) {
        return new Endpoint(base, repository, query, role, capabilities, transport, decided);
    }

    /** {@return whether it may be asked for this} */
    public boolean can(Capability capability) {
        return capabilities.contains(capability);
    }

    /** {@return scheme, host and port, for messages} */
    @Override
    public String toString() {
        return base.getScheme() + "://" + ShownAddress.authority(base);
    }
}
