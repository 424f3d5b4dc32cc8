package io.demitasse.storage.credential;

import java.io.IOException;

/** Finds the credential for a registry. */
@FunctionalInterface
public interface Credentials {
    /** Knows nobody. */
    Credentials ANONYMOUS = (_, _) -> Credential.NONE;

    /**
     * {@return the credential for a repository, or {@link Credential#NONE}}
     *
     * @param host the registry's host, with its port if it has one; Docker Hub is {@code docker.io}
     * @param repository the path within the registry
     */
    Credential of(String host, String repository) throws IOException;

    /** {@return where that credential comes from, in words and without any secret} */
    default String origin(String host, String repository) throws IOException {
        return of(host, repository).isNone() ? "none" : "known to the daemon";
    }
}
