package io.demitasse.storage.endpoint;

/** What an endpoint may be asked for, in the words of containerd's {@code hosts.toml}. */
public enum Capability {
    /** Content by its digest. */
    PULL,
    /** What a tag stands for. */
    RESOLVE,
    /** Taking content. */
    PUSH,
    /** What refers to a manifest. */
    REFERRERS
}
