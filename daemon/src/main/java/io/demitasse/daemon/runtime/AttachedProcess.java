package io.demitasse.daemon.runtime;

import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.stream.CommandProcess;
import io.demitasse.daemon.stream.StreamRequest.CommandStreams;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.io.ByteChannelFd;
import io.demitasse.linux.io.Pipe;
import io.demitasse.shim.protocol.ShimConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A container's own process, as a client of the streaming server sees it: the shim copies what it
 * prints, and hands out what it reads from.
 */
final class AttachedProcess implements CommandProcess {
    private final ShimConnection shim;
    private final boolean once;
    private final boolean terminal;
    private final ByteChannelFd output;
    private final ByteChannelFd error;
    private final Optional<ByteChannelFd> input;

    private AttachedProcess(
            ShimConnection shim,
            Container container,
            boolean takesInput,
            Pipe output,
            Pipe error,
            Optional<Fd> input)
            throws SyscallException {
        this.shim = shim;
        var config = container.record().getConfig();
        this.terminal = config.getTty();
        this.once = takesInput && config.getStdinOnce();
        this.output = ByteChannelFd.owning(output.readEnd());
        this.error = ByteChannelFd.owning(error.readEnd());
        this.input =
                input.isEmpty() ? Optional.empty() : Optional.of(ByteChannelFd.owning(input.get()));
    }

    /** Attaches; closing detaches, and the container runs on. */
    static AttachedProcess to(Container container, Path socket, CommandStreams wanted)
            throws IOException {
        boolean takesInput = wanted.input() && container.record().getConfig().getStdin();
        var shim = ShimConnection.connect(socket);
        try (var output = Pipe.open();
                var error = Pipe.open()) {
            var input = shim.attach(output.writeEnd(), error.writeEnd(), takesInput);
            return new AttachedProcess(
                    shim, container, takesInput, kept(output), kept(error), input);
        } catch (IOException | RuntimeException failure) {
            shim.close();
            throw failure;
        }
    }

    /** The other end belongs to the shim now; ours must not keep the pipe from ending. */
    private static Pipe kept(Pipe pipe) {
        var kept = Fd.owning(pipe.readEnd().surrender(), pipe.readEnd().description());
        return new Pipe(kept, pipe.writeEnd());
    }

    @Override
    public Optional<ByteChannelFd> input() {
        return input.filter(stream -> stream.fd().isOpen());
    }

    @Override
    public Optional<ByteChannelFd> output() {
        return Optional.of(output);
    }

    @Override
    public Optional<ByteChannelFd> error() {
        return Optional.of(error);
    }

    /** Its streams end with it, and how it ended is not the client's business. */
    @Override
    public Optional<Fd> exit() {
        return Optional.empty();
    }

    @Override
    public Optional<Integer> ended() {
        return Optional.empty();
    }

    @Override
    public void endInput() throws IOException {
        if (!terminal) {
            input.ifPresent(ByteChannelFd::close);
            if (once) {
                shim.closeInput();
            }
        }
    }

    @Override
    public void resize(int rows, int columns) throws IOException {
        if (terminal) {
            shim.resize(rows, columns);
        }
    }

    @Override
    public void abandon() throws IOException {
        endInput();
    }

    @Override
    public void close() {
        input.ifPresent(ByteChannelFd::close);
        output.close();
        error.close();
        shim.close();
    }
}
