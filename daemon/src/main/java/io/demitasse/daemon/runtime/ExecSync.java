package io.demitasse.daemon.runtime;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.demitasse.cri.v1.ExecSyncRequest;
import io.demitasse.cri.v1.ExecSyncResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.io.Pipe;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.shim.launch.LaunchLimit;
import io.demitasse.shim.launch.Launched;
import io.demitasse.shim.plan.StandardStream;
import io.demitasse.shim.plan.StandardStreams;
import io.grpc.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Runs a command in a container and returns what it printed and its exit code. A command that takes
 * too long, or whose client goes away, is killed with the process group that it leads: what it left
 * in the background as well.
 */
public final class ExecSync implements Handler<ExecSyncRequest, ExecSyncResponse> {
    /** A quarter of the daemon's heap: answers are there twice while they are encoded. */
    private static final int ROOM_BYTES = 24 << 20;

    private final Semaphore room = new Semaphore(ROOM_BYTES);
    private final Lookup lookup;
    private final ContainerExec exec;

    /** Runs commands in containers of these pods. */
    public ExecSync(Pods pods, ContainerExec exec) {
        this.lookup = new Lookup(pods);
        this.exec = exec;
    }

    @Override
    public ExecSyncResponse handle(ExecSyncRequest request) throws RequestException, IOException {
        if (request.getCmdCount() == 0) {
            throw RequestException.invalid("cmd is empty");
        }
        if (request.getTimeout() < 0) {
            throw RequestException.invalid("timeout %d is negative", request.getTimeout());
        }
        var container = lookup.running(request.getContainerId());
        lookup.requireWhole(container);
        var limit = Duration.ofSeconds(request.getTimeout());
        long began = System.nanoTime();
        try (var output = Pipe.openForEventLoop();
                var error = Pipe.openForEventLoop();
                var leash = new Leash(LaunchLimit.of(limit));
                var launched = launch(container, request, output, error, leash.launch());
                var _ = leash.hold(launched.init());
                var reader = new ExecOutput(output, error, launched.connection(), room)) {
            output.writeEnd().close();
            error.writeEnd().close();
            return collect(request, launched, reader, left(limit, began));
        }
    }

    /** The launch's time is the command's as well; zero remains no limit. */
    private static Duration left(Duration limit, long began) {
        var left = limit.minusNanos(System.nanoTime() - began);
        return limit.isZero() ? limit : left.isPositive() ? left : Duration.ofNanos(1);
    }

    /** Between a command and the client that waits for it, from the beginning of its launch. */
    private static final class Leash implements Context.CancellationListener, AutoCloseable {
        private final Context call = Context.current();
        private final LaunchLimit launch;

        @GuardedBy("this")
        private Optional<Pidfd> command = Optional.empty();

        @GuardedBy("this")
        private boolean isCancelled;

        /** The time in which a command is held. */
        private interface Hold extends AutoCloseable {
            @Override
            void close();
        }

        Leash(LaunchLimit launch) {
            this.launch = launch;
            call.addListener(this, Runnable::run);
        }

        LaunchLimit launch() {
            return launch;
        }

        synchronized Hold hold(Pidfd started) {
            command = Optional.of(started);
            if (isCancelled) {
                kill(started);
            }
            return this::letGo;
        }

        private synchronized void letGo() {
            command = Optional.empty();
        }

        @Override
        public synchronized void cancelled(Context gone) {
            isCancelled = true;
            launch.cancel();
            command.ifPresent(Leash::kill);
        }

        private static void kill(Pidfd command) {
            try {
                command.signalGroup(Pidfd.SIGKILL);
            } catch (SyscallException ended) {
                // by itself, a moment ago
            }
        }

        @Override
        public void close() {
            call.removeListener(this);
        }
    }

    private Launched launch(
            Container container,
            ExecSyncRequest request,
            Pipe output,
            Pipe error,
            LaunchLimit limit)
            throws RequestException, IOException {
        return exec.launch(
                container,
                request.getCmdList(),
                new StandardStreams(
                        new StandardStream.Null(),
                        new StandardStream.Passed(output.writeEnd()),
                        new StandardStream.Passed(error.writeEnd())),
                Optional.empty(),
                limit);
    }

    private static ExecSyncResponse collect(
            ExecSyncRequest request, Launched launched, ExecOutput reader, Duration left)
            throws RequestException, IOException {
        var status = reader.await(left);
        if (status.isEmpty()) {
            launched.init().signalGroup(Pidfd.SIGKILL);
            throw RequestException.late(
                    "command %s in container %s was killed after %d s",
                    request.getCmd(0), request.getContainerId(), request.getTimeout());
        }
        return ExecSyncResponse.newBuilder()
                .setStdout(reader.output())
                .setStderr(reader.error())
                .setExitCode(status.get().exitCode())
                .build();
    }
}
