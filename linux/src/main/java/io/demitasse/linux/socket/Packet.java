package io.demitasse.linux.socket;

import io.demitasse.linux.Fd;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * One message as it was received: its bytes, and the descriptors that came with it.
 *
 * <p>Whoever receives it owns the descriptors. A message without bytes is the end of the
 * connection.
 */
public record Packet(ByteBuffer bytes, List<Fd> fds) implements AutoCloseable {
    /** Copies the list. */
    public Packet {
        fds = List.copyOf(fds);
    }

    /** {@return whether the peer has closed its end} */
    public boolean isEnd() {
        return !bytes.hasRemaining() && fds.isEmpty();
    }

    /** Closes the descriptors that nobody took. */
    @Override
    public void close() {
        fds.forEach(Fd::close);
    }
}
