package io.demitasse.shim.plan;

import io.demitasse.linux.Fd;

/** What one of descriptors 0 to 2 of the process is. */
public sealed interface StandardStream {
    /** Reads as empty, swallows what is written. */
    record Null() implements StandardStream {}

    /** A pipe to the shim, which writes what comes to the container's log. */
    record Logged() implements StandardStream {}

    /** A pipe of which the shim holds the other end, for whoever attaches; the input only. */
    record Held() implements StandardStream {}

    /** A descriptor of the caller. */
    record Passed(Fd fd) implements StandardStream {}

    /** {@return the stream as text} */
    default String describe() {
        return switch (this) {
            case Null() -> "null";
            case Logged() -> "log";
            case Held() -> "held";
            case Passed(var fd) -> fd.description();
        };
    }
}
