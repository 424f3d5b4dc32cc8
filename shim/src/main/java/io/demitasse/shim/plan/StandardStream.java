package io.demitasse.shim.plan;

import io.demitasse.linux.Fd;

/** What one of descriptors 0 to 2 of the process is. */
public sealed interface StandardStream {
    /** The container's null device, once the plan has opened it; until then, an empty file. */
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
