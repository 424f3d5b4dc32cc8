package io.demitasse.shim.protocol;

import io.demitasse.linux.Fd;
import io.demitasse.linux.process.Pidfd;
import java.time.Instant;
import java.util.Optional;

/** What a shim says. Whoever receives a message owns its descriptors. */
public sealed interface ShimMessage {
    /** First on each connection to {@code shim.sock}: which process this shim watches. */
    record Hello(int version, int pid, Pidfd init, Instant startedAt, Optional<ExitStatus> exit)
            implements ShimMessage {}

    /** First on the connection of a launch: the process runs its program. */
    record Started(int pid, Pidfd init, Instant startedAt, Optional<Fd> terminal)
            implements ShimMessage {}

    /**
     * First on the connection of a launch: it does not run.
     *
     * @param operation index in the plan, or -1 if the shim failed before it came to the plan
     * @param step what it was doing then, see {@link ShimStep}
     */
    record Failed(int operation, int errno, int step) implements ShimMessage {}

    /** The process has ended. */
    record Exited(ExitStatus status) implements ShimMessage {}

    /** A request was carried out, or was refused with this errno. */
    record Acknowledged(int request, int errno) implements ShimMessage {}

    /** Copies of the output come from now on, or not because of this errno. */
    record Attached(int errno, Optional<Fd> input) implements ShimMessage {}

    /** A message of a later version, to be ignored. */
    record Unknown(int type) implements ShimMessage {}

    /** The shim has closed the connection: it has ended. */
    record Disconnected() implements ShimMessage {}

    /** Closes the descriptors that came with the message, if nobody wants them. */
    default void discard() {
        switch (this) {
            case Hello hello -> hello.init().close();
            case Started started -> {
                started.init().close();
                started.terminal().ifPresent(Fd::close);
            }
            case Attached attached -> attached.input().ifPresent(Fd::close);
            case Failed _, Exited _, Acknowledged _, Unknown _, Disconnected _ -> {}
        }
    }
}
