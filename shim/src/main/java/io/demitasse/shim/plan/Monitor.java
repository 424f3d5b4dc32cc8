package io.demitasse.shim.plan;

import io.demitasse.linux.Fd;

/** What the shim does once the process runs. */
public sealed interface Monitor {
    /** Ends at once: the process has no parent that waits for it. */
    record None() implements Monitor {}

    /** Reports the exit on the connection of the launch, then ends. */
    record Exec() implements Monitor {}

    /**
     * Listens on {@code shim.sock} in the container's state directory, pumps what the process
     * writes to the log, records the exit in {@code exit}, reports it, and ends.
     */
    record Container(Fd directory, Fd log) implements Monitor {}

    /** {@return the monitor as the first line of a plan's text} */
    default String describe() {
        return switch (this) {
            case None() -> "monitor none";
            case Exec() -> "monitor exec";
            case Container(var directory, var log) ->
                    "monitor container in " + directory.description() + " log " + log.description();
        };
    }
}
