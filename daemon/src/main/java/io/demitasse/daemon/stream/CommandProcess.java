package io.demitasse.daemon.stream;

import io.demitasse.linux.Fd;
import io.demitasse.linux.io.ByteChannelFd;
import java.io.IOException;
import java.util.Optional;

/**
 * A process at the server's end of a command, as its session needs it.
 *
 * <p><b>Threads.</b> For the thread of one session.
 */
public interface CommandProcess extends AutoCloseable {
    /** {@return where to write what the client sends; with a terminal, the same as the output} */
    Optional<ByteChannelFd> input();

    /** {@return where what the process prints comes from} */
    Optional<ByteChannelFd> output();

    /** {@return where its errors come from; none with a terminal} */
    Optional<ByteChannelFd> error();

    /** {@return what becomes readable when {@link #ended} has news; none if nobody will tell} */
    Optional<Fd> exit();

    /** {@return the exit code, if the process has ended} */
    Optional<Integer> ended() throws IOException;

    /** The client has sent all of its input. */
    void endInput() throws IOException;

    /** The client's terminal has this size. */
    void resize(int rows, int columns) throws IOException;

    /** The client is gone before the process. */
    void abandon() throws IOException;

    /** Closes what the session has of the process. */
    @Override
    void close();
}
