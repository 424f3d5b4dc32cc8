package io.demitasse.daemon.runtime;

import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.stream.CommandProcess;
import io.demitasse.daemon.stream.StreamRequest.CommandStreams;
import io.demitasse.linux.Fd;
import io.demitasse.linux.io.ByteChannelFd;
import io.demitasse.linux.io.Pipe;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.shim.container.Terminal;
import io.demitasse.shim.launch.LaunchLimit;
import io.demitasse.shim.launch.Launched;
import io.demitasse.shim.plan.StandardStream;
import io.demitasse.shim.plan.StandardStreams;
import io.demitasse.shim.protocol.ShimMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A command that was started for a client of the streaming server. */
final class ExecProcess implements CommandProcess {
    private final Launched launched;
    private final boolean terminal;
    private final Optional<ByteChannelFd> input;
    private final Optional<ByteChannelFd> output;
    private final Optional<ByteChannelFd> error;

    private ExecProcess(
            Launched launched,
            boolean terminal,
            Optional<ByteChannelFd> input,
            Optional<ByteChannelFd> output,
            Optional<ByteChannelFd> error) {
        this.launched = launched;
        this.terminal = terminal;
        this.input = input;
        this.output = output;
        this.error = error;
    }

    static ExecProcess start(
            ContainerExec exec, Container container, List<String> command, CommandStreams wanted)
            throws RequestException, IOException {
        return wanted.terminal()
                ? withTerminal(exec, container, command)
                : withPipes(exec, container, command, wanted);
    }

    private static ExecProcess withTerminal(
            ContainerExec exec, Container container, List<String> command)
            throws RequestException, IOException {
        var launched =
                exec.launch(
                        container,
                        command,
                        StandardStreams.none(),
                        Optional.of(Terminal.standard()),
                        LaunchLimit.standard());
        try {
            var master =
                    ByteChannelFd.owning(
                            launched.terminal()
                                    .orElseThrow(
                                            () -> new IOException("the shim sent no terminal")));
            return new ExecProcess(
                    launched, true, Optional.of(master), Optional.of(master), Optional.empty());
        } catch (IOException failure) {
            launched.close();
            throw failure;
        }
    }

    private static ExecProcess withPipes(
            ContainerExec exec, Container container, List<String> command, CommandStreams wanted)
            throws RequestException, IOException {
        var pipes = new ArrayList<Pipe>();
        try {
            var input = open(pipes, wanted.input());
            var output = open(pipes, wanted.output());
            var error = open(pipes, wanted.error());
            var launched =
                    exec.launch(
                            container,
                            command,
                            new StandardStreams(
                                    passed(input.map(Pipe::readEnd)),
                                    passed(output.map(Pipe::writeEnd)),
                                    passed(error.map(Pipe::writeEnd))),
                            Optional.empty(),
                            LaunchLimit.standard());
            input.map(Pipe::readEnd).ifPresent(Fd::close);
            output.map(Pipe::writeEnd).ifPresent(Fd::close);
            error.map(Pipe::writeEnd).ifPresent(Fd::close);
            return new ExecProcess(
                    launched,
                    false,
                    channel(input.map(Pipe::writeEnd)),
                    channel(output.map(Pipe::readEnd)),
                    channel(error.map(Pipe::readEnd)));
        } catch (IOException | RequestException | RuntimeException failure) {
            pipes.forEach(Pipe::close);
            throw failure;
        }
    }

    private static Optional<Pipe> open(List<Pipe> pipes, boolean wanted) throws IOException {
        if (!wanted) {
            return Optional.empty();
        }
        pipes.add(Pipe.open());
        return Optional.of(pipes.getLast());
    }

    private static StandardStream passed(Optional<Fd> end) {
        return end.<StandardStream>map(StandardStream.Passed::new)
                .orElseGet(StandardStream.Null::new);
    }

    private static Optional<ByteChannelFd> channel(Optional<Fd> end) throws IOException {
        return end.isEmpty() ? Optional.empty() : Optional.of(ByteChannelFd.owning(end.get()));
    }

    @Override
    public Optional<ByteChannelFd> input() {
        return input.filter(stream -> stream.fd().isOpen());
    }

    @Override
    public Optional<ByteChannelFd> output() {
        return output;
    }

    @Override
    public Optional<ByteChannelFd> error() {
        return error;
    }

    @Override
    public Optional<Fd> exit() {
        return Optional.of(launched.connection().fd());
    }

    @Override
    public Optional<Integer> ended() throws IOException {
        var message = launched.connection().receive();
        if (message.isEmpty()) {
            return Optional.empty();
        }
        return switch (message.get()) {
            case ShimMessage.Exited(var status) -> Optional.of(status.exitCode());
            case ShimMessage.Disconnected() ->
                    throw new IOException("the shim of the command ended before it");
            default -> Optional.empty();
        };
    }

    /** A terminal has no end of input: a client sends the character that stands for it. */
    @Override
    public void endInput() {
        if (!terminal) {
            input.ifPresent(ByteChannelFd::close);
        }
    }

    @Override
    public void resize(int rows, int columns) throws IOException {
        if (terminal) {
            output.orElseThrow().resize(rows, columns);
        }
    }

    /** Whoever sat at a terminal is gone, and so is what ran there. */
    @Override
    public void abandon() throws IOException {
        if (terminal) {
            launched.init().signal(Pidfd.SIGKILL);
        }
    }

    @Override
    public void close() {
        input.ifPresent(ByteChannelFd::close);
        output.ifPresent(ByteChannelFd::close);
        error.ifPresent(ByteChannelFd::close);
        launched.close();
    }
}
