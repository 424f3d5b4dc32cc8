package io.demitasse.shim.launch;

import io.demitasse.linux.Fd;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.shim.protocol.ShimConnection;
import java.time.Instant;
import java.util.Optional;

/**
 * A process that runs, and the connection to the shim that watches it.
 *
 * @param terminal the master of an exec session's terminal
 */
public record Launched(
        ShimConnection connection, Pidfd init, int pid, Instant startedAt, Optional<Fd> terminal)
        implements AutoCloseable {
    /** Closes what we hold of it; it runs on. */
    @Override
    public void close() {
        connection.close();
        init.close();
        terminal.ifPresent(Fd::close);
    }
}
