package io.demitasse.storage.image;

import io.demitasse.storage.credential.RequestCredential;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.Platform;

/**
 * What to pull, for which machine where there is a choice, and as whom.
 *
 * <p>Requests of different credentials are different: one never gets what another was allowed.
 */
public record PullRequest(Reference reference, Platform platform, RequestCredential credential) {
    /** For the machine that we run on. */
    public static PullRequest of(Reference reference) {
        return new PullRequest(reference, Platform.current(), RequestCredential.NONE);
    }

    /** {@return the same with a credential} */
    public PullRequest with(RequestCredential chosen) {
        return new PullRequest(reference, platform, chosen);
    }
}
