package io.demitasse.daemon.lifecycle;

import java.time.Instant;
import java.util.Optional;

/**
 * Where a container is in its life. A state holds only what is true in it: a pid exists while
 * running, an exit code once exited.
 *
 * <pre>
 *              Started           Ended
 *   Created ────────────▶ Running ────────────▶ Exited ──▶ removed
 *      └─────────────────────────────────────────▲
 *                        Ended
 * </pre>
 */
public sealed interface ContainerState {
    /** Promised, with its writable layer, and without a process. */
    record Created() implements ContainerState {}

    /** Its init runs. The pid is for messages; signals go through the pidfd. */
    record Running(Instant startedAt, int pid) implements ContainerState {}

    /** Its init is gone, or never came to be. {@code startedAt} is empty if it never ran. */
    record Exited(Optional<Instant> startedAt, Ended end) implements ContainerState {}

    /** What can happen to a container. */
    sealed interface Event {}

    /** The init process was started and has executed the container's program. */
    record Started(Instant at, int pid) implements Event {}

    /**
     * The init process is gone.
     *
     * @param exitCode as a shell reports it: 128 + signal for a process killed by a signal
     * @param reason one word in camel case, as the kubelet shows it
     * @param message a sentence, or empty
     */
    record Ended(Instant at, int exitCode, String reason, String message) implements Event {}

    /** The transition table: a row is a legal step, and a step without a row is illegal. */
    default ContainerState after(Event event) {
        return switch (new Step(this, event)) {
            case Step(Created _, Started(var at, var pid)) -> new Running(at, pid);
            case Step(Created _, Ended end) -> new Exited(Optional.empty(), end);
            case Step(Running(var startedAt, _), Ended end) ->
                    new Exited(Optional.of(startedAt), end);
            case Step(var from, var refused) ->
                    throw new IllegalStateException(
                            "a container that is " + from + " cannot become " + refused);
        };
    }

    /** The left-hand side of a row. */
    record Step(ContainerState from, Event event) {}
}
