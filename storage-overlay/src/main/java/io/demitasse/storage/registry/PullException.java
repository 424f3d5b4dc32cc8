package io.demitasse.storage.registry;

import java.io.IOException;

/** An image could not be had. The message is a sentence that names what and where. */
public final class PullException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Whose turn it is to act. */
    public enum Reason {
        /** There is no such image, or none for this platform. */
        NOT_FOUND,
        /** The registry wants credentials, or refuses those it got. */
        DENIED,
        /** The registry does not answer, or answers that it cannot now: may be retried. */
        UNAVAILABLE,
        /** What was served is not what was promised, or is malformed or hostile. */
        CORRUPT,
        /** It is well-formed, and we do not support it. */
        UNSUPPORTED,
        /** It could not be written here. */
        STORAGE,
        /** The node's registry configuration is wrong, or forbids it. */
        MISCONFIGURED,
        /** Nobody waits for it any more. */
        CANCELLED
    }

    private final Reason reason;

    /** Without a cause. */
    public PullException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** With the failure below it. */
    public PullException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** {@return whether what has come so far is of use to the next attempt} */
    public boolean isTransient() {
        return reason == Reason.UNAVAILABLE || reason == Reason.CANCELLED;
    }

    /** {@return whose turn it is to act} */
    public Reason reason() {
        return reason;
    }
}
