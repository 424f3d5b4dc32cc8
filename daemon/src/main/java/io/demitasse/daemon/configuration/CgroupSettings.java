package io.demitasse.daemon.configuration;

/** What happens when a container asks for a limit whose controller this node does not have. */
public record CgroupSettings(UnenforceableLimits unenforceableLimits) {
    /** The two answers to a limit that cannot be enforced. */
    public enum UnenforceableLimits {
        /** The container is refused. */
        ERROR,
        /** The container is started without the limit, and the log says so. */
        WARN
    }

    /** {@return refusal: a limit that was asked for and does not hold is worse than an error} */
    public static CgroupSettings defaults() {
        return new CgroupSettings(UnenforceableLimits.ERROR);
    }
}
