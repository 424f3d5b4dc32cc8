package io.demitasse.shim.protocol;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.socket.SeqpacketSocket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The daemon's end of the socket that a spawner takes its orders from.
 *
 * <p><b>Threads.</b> Any number of threads may launch at once.
 */
public final class SpawnerControl implements AutoCloseable {
    private static final byte[] LAUNCH = MessageFormat.request(18);

    private final SeqpacketSocket socket;

    /** Takes ownership of a connected socket. */
    public SpawnerControl(SeqpacketSocket socket) {
        this.socket = socket;
    }

    /**
     * Waits until the spawner is ready, at most this long.
     *
     * @return what it could not do; or nothing if it is ready
     */
    public Optional<ShimMessage> awaitReady(Duration timeout) throws SyscallException {
        var message = socket.receive(MessageFormat.MAX_BYTES, timeout).map(MessageFormat::parse);
        boolean ready =
                message.isPresent()
                        && message.get() instanceof ShimMessage.Unknown(var type)
                        && type == MessageFormat.READY;
        return ready
                ? Optional.empty()
                : Optional.of(message.orElseGet(ShimMessage.Disconnected::new));
    }

    /**
     * Orders a shim: its end of the launch's connection, its plan, the plan's first descriptors.
     * The others follow on that connection: {@link ShimConnection#sendDescriptors}.
     */
    public void launch(List<Fd> fds) throws SyscallException {
        socket.send(LAUNCH, fds);
    }

    @Override
    public void close() {
        socket.close();
    }
}
