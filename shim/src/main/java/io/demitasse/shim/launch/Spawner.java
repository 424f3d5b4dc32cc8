package io.demitasse.shim.launch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.cgroup.Cgroup;
import io.demitasse.linux.io.MemoryFd;
import io.demitasse.linux.mount.ReadOnlyProgram;
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
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(10);

    /** A launch of an earlier daemon ends by itself, as soon as its shim sees that nobody waits. */
    private static final Duration LOCK_PATIENCE = Duration.ofSeconds(1);

    /** How long a shim may take to end a launch that is given up. */
    private static final Duration GIVE_UP_PATIENCE = Duration.ofSeconds(1);

    private static final ShimMessage GIVEN_UP =
            new ShimMessage.Failed(-1, Errno.ETIMEDOUT, ShimStep.GIVEN_UP.number());

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

    /**
     * Starts a spawner once no launch of an earlier one is in flight. What does not end by itself
     * is killed: how long this takes depends on nobody else.
     */
    public static Spawner start(SpawnerOptions options) throws IOException {
        var binary = ReadOnlyProgram.of("demitasse-shim", Files.readAllBytes(options.binary()));
        try {
            return new Spawner(options, binary, spawn(options, binary));
        } catch (IOException | RuntimeException failure) {
            binary.close();
            throw failure;
        }
    }

    private static Incarnation spawn(SpawnerOptions options, Fd binary) throws IOException {
        var first = startIncarnation(options, binary);
        var problem = first.control().awaitReady(LOCK_PATIENCE);
        if (problem.isEmpty()) {
            return first;
        }
        if (problem.get() instanceof ShimMessage.Failed) {
            first.end();
            throw notReady(options, problem.get());
        }
        first.end();
        new AbandonedLaunches(options).end();
        var second = startIncarnation(options, binary);
        var again = second.control().awaitReady(READY_TIMEOUT);
        if (again.isPresent()) {
            second.end();
            throw notReady(options, again.get());
        }
        return second;
    }

    private static Incarnation startIncarnation(SpawnerOptions options, Fd binary)
            throws SyscallException {
        var pair = SeqpacketSocket.pair("spawner control");
        try {
            var process = startProcess(options, binary, pair.right());
            return new Incarnation(process, new SpawnerControl(pair.left()));
        } catch (SyscallException failure) {
            pair.left().close();
            throw failure;
        }
    }

    private static ChildProcess startProcess(
            SpawnerOptions options, Fd binary, SeqpacketSocket control) throws SyscallException {
        var given = new ArrayList<Fd>(List.of(control.fd()));
        try (control;
                var cgroup = ShimCgroup.open(options)) {
            cgroup.directory().ifPresent(given::add);
            var arguments =
                    List.of(
                            "demitasse-spawner",
                            options.lockFile().toString(),
                            Integer.toString(given.size()));
            return ChildProcess.start(binary, arguments, given);
        }
    }

    /** The cgroup of the shims while a spawner is started in it. */
    private record ShimCgroup(Optional<Cgroup> cgroup) implements AutoCloseable {
        static ShimCgroup open(SpawnerOptions options) throws SyscallException {
            return options.shimCgroup().isPresent()
                    ? new ShimCgroup(Optional.of(Cgroup.create(options.shimCgroup().get())))
                    : new ShimCgroup(Optional.empty());
        }

        Optional<Fd> directory() {
            return cgroup.map(Cgroup::directory);
        }

        @Override
        public void close() {
            cgroup.ifPresent(Cgroup::close);
        }
    }

    private static LaunchException notReady(SpawnerOptions options, ShimMessage problem) {
        return switch (problem) {
            case ShimMessage.Failed(_, var errno, var step) ->
                    LaunchException.failed(
                            ShimStep.describe(step)
                                    + (step == ShimStep.LOCK.number()
                                            ? " " + options.lockFile()
                                            : ""),
                            errno);
            case ShimMessage other ->
                    new LaunchException(
                            "spawner is not ready, lock file " + options.lockFile() + ": " + other,
                            Optional.empty(),
                            Errno.ETIMEDOUT);
        };
    }

    /** As below, in the standard time. */
    public Launched launch(LaunchPlan plan) throws LaunchException, SyscallException {
        return launch(plan, LaunchLimit.standard());
    }

    /** Starts a process, and returns once it runs its program, or once the limit is reached. */
    public Launched launch(LaunchPlan plan, LaunchLimit limit)
            throws LaunchException, SyscallException {
        var encoded = plan.encode();
        var pair = SeqpacketSocket.pair("shim connection");
        // Our copy of the shim's end is closed first: its end is then the end of the connection.
        int ordered = Math.min(encoded.fds().size(), SeqpacketSocket.MAX_FDS - 2);
        try (var theirs = pair.right();
                var memory = MemoryFd.sealed("plan", encoded.bytes())) {
            var fds = new ArrayList<>(List.of(theirs.fd(), memory));
            fds.addAll(encoded.fds().subList(0, ordered));
            send(fds);
        } catch (LaunchException | SyscallException refused) {
            pair.left().close();
            throw refused;
        }
        var rest = encoded.fds().subList(ordered, encoded.fds().size());
        return launched(plan, new ShimConnection(pair.left()), rest, limit);
    }

    private static Launched launched(
            LaunchPlan plan, ShimConnection connection, List<Fd> rest, LaunchLimit limit)
            throws LaunchException, SyscallException {
        boolean isRunning = false;
        try {
            connection.sendDescriptors(rest);
            var answer = await(connection, limit);
            if (answer instanceof ShimMessage.Started(var pid, var init, var at, var terminal)) {
                isRunning = true;
                return new Launched(connection, init, pid, at, terminal);
            }
            throw failure(plan, answer);
        } finally {
            if (!isRunning) {
                connection.close();
            }
        }
    }

    /** {@return the first message of a shim, which is Started only if it came in time} */
    private static ShimMessage await(ShimConnection connection, LaunchLimit limit)
            throws SyscallException {
        limit.begin(connection);
        try {
            var answer = receive(connection, limit.left());
            if (answer.isPresent()) {
                return answer.get();
            }
        } finally {
            limit.end();
        }
        LaunchLimit.giveUp(connection);
        var last = receive(connection, GIVE_UP_PATIENCE);
        if (last.isPresent()
                && last.get() instanceof ShimMessage.Started(_, var init, _, var terminal)) {
            init.signalGroup(Pidfd.SIGKILL);
            init.close();
            terminal.ifPresent(Fd::close);
        }
        return last.filter(ShimMessage.Failed.class::isInstance).orElse(GIVEN_UP);
    }

    private static Optional<ShimMessage> receive(ShimConnection connection, Duration limit)
            throws SyscallException {
        long deadline = System.nanoTime() + limit.toNanos();
        var message = connection.receive(limit);
        while (message.isEmpty() && System.nanoTime() < deadline) { // a signal to this thread
            message = connection.receive(Duration.ofNanos(deadline - System.nanoTime()));
        }
        return message;
    }

    private static LaunchException failure(LaunchPlan plan, ShimMessage answer) {
        return switch (answer) {
            case ShimMessage.Failed(var index, _, var step)
                    when step == ShimStep.GIVEN_UP.number() ->
                    LaunchException.late(
                            index < 0
                                    ? "and its shim did not say why"
                                    : "it was at " + plan.operations().get(index).describe());
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
