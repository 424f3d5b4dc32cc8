package io.demitasse.storage.registry;

import io.demitasse.storage.reference.Digest;

/** Names a piece of content by what it is: type, digest, size. */
public record Descriptor(String mediaType, Digest digest, long sizeBytes) {
    /** Checks. */
    public Descriptor {
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("size of " + digest + " is " + sizeBytes);
        }
    }

    static Descriptor of(JsonDocument json) throws PullException {
        return new Descriptor(
                json.text("mediaType").orElse(""), json.digest("digest"), json.size("size"));
    }

    @Override
    public String toString() {
        return digest + " (" + sizeBytes + " bytes)";
    }
}
