package io.demitasse.shim.launch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.io.MemoryFd;
import io.demitasse.linux.process.ChildProcess;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.linux.socket.SeqpacketSocket;
import io.demitasse.shim.plan.LaunchPlan;
import io.demitasse.shim.protocol.ShimConnection;
import io.demitasse.shim.protocol.ShimMessage;
import io.demitasse.shim.protocol.ShimStep;
import io.demitasse.shim.protocol.SpawnerControl;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The resident process that forks a shim for each launch.
 *
 * <pre>
 *   launch ── plan, descriptors ──▶ spawner ── fork ──▶ shim ── clone ──▶ process
 *      ▲                                                 │
 *      └────────────── Started or Failed ────────────────┘
 * </pre>
 *
 * <p><b>Threads.</b> May be shared; each launch blocks its platform thread. A spawner that died is
 * replaced by the next launch; the shims do not notice.
 */
public final class Spawner implements AutoCloseable {
    /** A launch of an earlier daemon may still hold the lock; each ends by itself. */
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(10);

    private final SpawnerOptions options;
    private final Fd binary;

    @GuardedBy("this")
    private Incarnation current;

    /** One spawner process. */
    private record Incarnation(ChildProcess process, SpawnerControl control) {
        void end() throws SyscallException {
            control.close();
            process.pidfd().signal(Pidfd.SIGKILL);
            process.await();
            process.close();
        }
    }

    private Spawner(SpawnerOptions options, Fd binary, Incarnation first) {
        this.options = options;
        this.binary = binary;
        this.current = first;
    }

    /** Starts a spawner, and waits until no launch of an earlier one is in flight. */
    public static Spawner start(SpawnerOptions options) throws IOException {
        var binary =
                MemoryFd.sealedExecutable("demitasse-shim", Files.readAllBytes(options.binary()));
        try {
            return new Spawner(options, binary, spawn(options, binary));
        } catch (IOException | RuntimeException failure) {
            binary.close();
            throw failure;
        }
    }

    private static Incarnation spawn(SpawnerOptions options, Fd binary) throws IOException {
        var pair = SeqpacketSocket.pair("spawner control");
        try {
            var process = startProcess(options, binary, pair.right());
            var started = new Incarnation(process, new SpawnerControl(pair.left()));
            awaitReady(options, started);
            return started;
        } catch (IOException failure) {
            pair.left().close();
            throw failure;
        }
    }

    private static ChildProcess startProcess(
            SpawnerOptions options, Fd binary, SeqpacketSocket control) throws SyscallException {
        try (control) {
            var given = new ArrayList<>(List.of(control.fd()));
            options.shimCgroup().ifPresent(given::add);
            var arguments =
                    List.of(
                            "demitasse-spawner",
                            options.lockFile().toString(),
                            Integer.toString(given.size()));
            return ChildProcess.start(binary, arguments, given);
        }
    }

    private static void awaitReady(SpawnerOptions options, Incarnation started) throws IOException {
        var problem = started.control().awaitReady(READY_TIMEOUT);
        if (problem.isEmpty()) {
            return;
        }
        started.end();
        throw switch (problem.get()) {
            case ShimMessage.Failed(_, var errno, var step) ->
                    LaunchException.failed(
                            ShimStep.describe(step) + " " + options.lockFile(), errno);
            case ShimMessage other ->
                    new LaunchException(
                            "spawner is not ready, lock file " + options.lockFile() + ": " + other,
                            Optional.empty(),
                            Errno.ETIMEDOUT);
        };
    }

    /** Starts a process, and returns once it runs its program. */
    public Launched launch(LaunchPlan plan) throws LaunchException, SyscallException {
        var encoded = plan.encode();
        var pair = SeqpacketSocket.pair("shim connection");
        // Our copy of the shim's end is closed first: its end is then the end of the connection.
        try (var theirs = pair.right();
                var memory = MemoryFd.sealed("plan", encoded.bytes())) {
            var fds = new ArrayList<>(List.of(theirs.fd(), memory));
            fds.addAll(encoded.fds());
            send(fds);
        } catch (LaunchException | SyscallException refused) {
            pair.left().close();
            throw refused;
        }
        return launched(plan, new ShimConnection(pair.left()));
    }

    private static Launched launched(LaunchPlan plan, ShimConnection connection)
            throws LaunchException, SyscallException {
        var answer = connection.await();
        if (answer instanceof ShimMessage.Started(var pid, var init, var at, var terminal)) {
            return new Launched(connection, init, pid, at, terminal);
        }
        connection.close();
        throw switch (answer) {
            case ShimMessage.Failed(var index, var errno, _) when index >= 0 ->
                    LaunchException.refused(plan.operations().get(index), errno);
            case ShimMessage.Failed(_, var errno, var step) ->
                    LaunchException.failed(ShimStep.describe(step), errno);
            case ShimMessage other ->
                    new LaunchException(
                            "shim ended before the process ran: " + other,
                            Optional.empty(),
                            Errno.ECONNRESET);
        };
    }

    private void send(List<Fd> fds) throws LaunchException, SyscallException {
        var used = current();
        try {
            used.control().launch(fds);
        } catch (SyscallException refused) {
            if (!refused.is(Errno.EPIPE) && !refused.is(Errno.ECONNRESET)) {
                throw refused;
            }
            // It died before it took the order, so that ordering again cannot start it twice.
            replacement(used).control().launch(fds);
        }
    }

    private synchronized Incarnation current() {
        return current;
    }

    private synchronized Incarnation replacement(Incarnation dead)
            throws LaunchException, SyscallException {
        if (current.equals(dead)) {
            dead.end();
            try {
                current = spawn(options, binary);
            } catch (LaunchException | SyscallException failure) {
                throw failure;
            } catch (IOException failure) {
                throw new LaunchException(
                        "cannot replace the spawner: " + failure.getMessage(),
                        Optional.empty(),
                        Errno.EIO);
            }
        }
        return current;
    }

    /** {@return the spawner's pid, for messages} */
    public synchronized int pid() {
        return current.process().pid();
    }

    /** Ends the spawner. Shims and their processes run on. */
    @Override
    public synchronized void close() {
        binary.close();
        try {
            current.end();
        } catch (SyscallException _) {
            // It has ended already, and whoever reaped it knows more than we do.
        }
    }
}
