package io.demitasse.storage.image;

import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.Platform;

/** What to pull, and for which machine where there is a choice. */
public record PullRequest(Reference reference, Platform platform) {
    /** For the machine that we run on. */
    public static PullRequest of(Reference reference) {
        return new PullRequest(reference, Platform.current());
    }
}
