package io.demitasse.daemon;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Parser;
import io.demitasse.daemon.call.HeapCost;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.daemon.lifecycle.Mailbox;
import io.demitasse.daemon.lifecycle.Names;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.daemon.record.v1.ContainerEnd;
import io.demitasse.daemon.record.v1.ContainerRecord;
import io.demitasse.daemon.record.v1.SandboxRecord;
import io.demitasse.daemon.runtime.CgroupPlacement;
import io.demitasse.daemon.runtime.Cgroups;
import io.demitasse.daemon.runtime.ContainerEnds;
import io.demitasse.daemon.runtime.ContainerPaths;
import io.demitasse.daemon.runtime.ContainerTeardown;
import io.demitasse.daemon.runtime.ContainerWatch;
import io.demitasse.daemon.runtime.KeyOf;
import io.demitasse.daemon.runtime.PodTeardown;
import io.demitasse.daemon.store.RecordDirectory;
import io.demitasse.daemon.store.ReducedMessage;
import io.demitasse.linux.cgroup.Cgroup;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.sandbox.Sandboxes;
import io.demitasse.shim.protocol.ExitFile;
import io.demitasse.shim.protocol.ShimConnection;
import io.demitasse.shim.protocol.ShimMessage;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Brings a new daemon to where the kernel is: reads what was promised, asks what is true, finishes
 * or undoes what was interrupted. Runs before the socket answers, and always comes to its end: what
 * it cannot read it puts in quarantine.
 *
 * <pre>
 *   record, end                     ▶ Exited, as recorded
 *   record, exit file               ▶ Exited, as the shim wrote
 *   record, shim answers            ▶ Running, or Exited as it says
 *   record, shim is mute            ▶ Running, if a process of it does
 *   record, socket but no shim      ▶ whatever still runs is killed; Exited, code unknown
 *   record, pod's state is gone     ▶ Exited: the node was rebooted
 *   record alone                    ▶ Created
 *   no record                       ▶ an interrupted creation or removal: undone
 * </pre>
 */
final class Recovery {
    private static final System.Logger LOGGER = System.getLogger(Recovery.class.getName());
    private static final Duration HELLO_TIMEOUT = Duration.ofSeconds(2);
    private static final int EXIT_UNKNOWN = 255;

    private final Stores stores;
    private final Sandboxes sandboxes;
    private final CgroupPlacement placement;
    private final ContainerPaths paths;
    private final ContainerTeardown teardown;
    private final ContainerWatch watch;
    private final ContainerEnds ends;
    private final Executor events;

    /** What is read and filled. */
    record Stores(
            RecordDirectory sandboxRecords,
            RecordDirectory containerRecords,
            Pods pods,
            Names<Pod> podNames,
            Names<Container> containerNames) {}

    Recovery(
            Stores stores,
            Sandboxes sandboxes,
            CgroupPlacement placement,
            ContainerPaths paths,
            ContainerTeardown teardown,
            ContainerWatch watch,
            ContainerEnds ends,
            Executor events) {
        this.stores = stores;
        this.sandboxes = sandboxes;
        this.placement = placement;
        this.paths = paths;
        this.teardown = teardown;
        this.watch = watch;
        this.ends = ends;
        this.events = events;
    }

    void run() throws IOException {
        for (var id : stores.sandboxRecords().ids()) {
            var record = readSandbox(id);
            if (record.isPresent()) {
                restore(record.get());
            }
        }
        for (var id : stores.containerRecords().ids()) {
            var record = readContainer(id);
            if (record.isPresent()) {
                restore(record.get());
            }
        }
        new Leftovers(stores, sandboxes, placement, teardown).remove();
        LOGGER.log(
                Level.INFO,
                "recovered sandboxes={0} containers={1}",
                stores.pods().all().size(),
                stores.pods().containers().size());
    }

    private Optional<SandboxRecord> readSandbox(String id) throws IOException {
        try {
            return read(
                    stores.sandboxRecords(),
                    id,
                    SandboxRecord.getDescriptor(),
                    SandboxRecord.parser());
        } catch (IOException unreadable) {
            quarantine(stores.sandboxRecords(), "sandbox", id, unreadable);
            return Optional.empty();
        }
    }

    private Optional<ContainerRecord> readContainer(String id) throws IOException {
        try {
            return read(
                    stores.containerRecords(),
                    id,
                    ContainerRecord.getDescriptor(),
                    ContainerRecord.parser());
        } catch (IOException unreadable) {
            quarantine(stores.containerRecords(), "container", id, unreadable);
            return Optional.empty();
        }
    }

    /** One by one, weighed before it is parsed: no record of an earlier daemon is too large. */
    private <M> Optional<M> read(
            RecordDirectory records, String id, Descriptor type, Parser<M> parser)
            throws IOException {
        var encoded = records.encoded(id);
        if (encoded.isEmpty()) {
            return Optional.empty();
        }
        var budget = stores.pods().budget();
        try {
            if (budget.restore(id, HeapCost.of(type, encoded.get()))) {
                return Optional.of(parser.parseFrom(encoded.get()));
            }
            var reduced = ReducedMessage.of(type, encoded.get());
            budget.restoreReduced(id, HeapCost.of(type, reduced));
            LOGGER.log(
                    Level.WARNING,
                    "{0} {1} has a record of {2} bytes, which is more than there is memory for: it"
                            + " is listed, and can be stopped and removed; the record stays",
                    type.getName(),
                    id,
                    encoded.get().length);
            return Optional.of(parser.parseFrom(reduced));
        } catch (IllegalArgumentException malformed) {
            throw new IOException("the record of " + id + " is no message", malformed);
        }
    }

    private void quarantine(RecordDirectory records, String kind, String id, IOException unreadable)
            throws IOException {
        stores.pods().budget().release(id);
        var where = records.quarantine(id);
        LOGGER.log(
                Level.ERROR,
                kind + "=" + id + " has an unreadable record, moved to " + where,
                unreadable);
    }

    private void restore(SandboxRecord record) throws IOException {
        boolean ready =
                !stores.sandboxRecords().isMarked(record.getId(), PodTeardown.STOPPED)
                        && sandboxes.isLive(record.getId());
        var pod = new Pod(record, new Mailbox(events), ready);
        stores.pods().add(pod);
        stores.podNames().note(KeyOf.pod(record.getConfig().getMetadata()), pod);
    }

    private void restore(ContainerRecord record) throws IOException {
        var pod = stores.pods().pod(record.getSandboxId());
        if (pod.isEmpty()) {
            stores.pods().budget().release(record.getId());
            LOGGER.log(
                    Level.WARNING,
                    "container={0} belongs to no sandbox, removing it",
                    record.getId());
            return;
        }
        var container = new Container(pod.get(), record, recorded(record));
        stores.pods().add(container);
        stores.containerNames()
                .note(
                        KeyOf.container(record.getSandboxId(), record.getConfig().getMetadata()),
                        container);
        if (container.state() instanceof ContainerState.Created) {
            find(container);
        }
    }

    private ContainerState recorded(ContainerRecord record) {
        Optional<ContainerEnd> end;
        try {
            end =
                    stores.containerRecords()
                            .get(record.getId(), ContainerEnds.END, ContainerEnd.parser());
        } catch (IOException torn) {
            LOGGER.log(Level.WARNING, "container=" + record.getId() + " end is torn", torn);
            end = Optional.of(ContainerEnd.newBuilder().setExitCode(EXIT_UNKNOWN).build());
        }
        return end.<ContainerState>map(Recovery::exited).orElseGet(ContainerState.Created::new);
    }

    private static ContainerState exited(ContainerEnd end) {
        return new ContainerState.Exited(
                end.getStartedAt() == 0
                        ? Optional.empty()
                        : Optional.of(Instant.ofEpochSecond(0, end.getStartedAt())),
                new ContainerState.Ended(
                        Instant.ofEpochSecond(0, end.getFinishedAt()),
                        end.getExitCode(),
                        end.getReason(),
                        end.getMessage()));
    }

    /** Asks the kernel about a container of which no end is recorded. */
    private void find(Container container) throws IOException {
        var directory = paths.directory(container.id());
        if (!Files.exists(directory)) {
            if (sandboxes.open(container.pod().id()).isEmpty()) {
                finish(container, end("the node was rebooted"));
            }
            return;
        }
        if (!reconnect(container)) {
            withoutShim(container);
        }
    }

    /** {@return whether the container's shim is there and said what it watches} */
    private boolean reconnect(Container container) {
        ShimConnection connection;
        try {
            connection = ShimConnection.connect(paths.socket(container.id()));
        } catch (IOException noShim) {
            return false;
        }
        try {
            var hello = connection.receive(HELLO_TIMEOUT);
            if (hello.isPresent()
                    && hello.get()
                            instanceof ShimMessage.Hello(_, var pid, var init, var startedAt, _)) {
                // if it has ended already, the shim says so next, on the same connection
                watch.running(
                        container, connection, init, new ContainerState.Started(startedAt, pid));
                return true;
            }
            if (hello.isEmpty() && findInit(container, connection)) {
                return true;
            }
        } catch (IOException failure) {
            LOGGER.log(Level.WARNING, "container=" + container.id() + " shim is mute", failure);
        }
        connection.close();
        return false;
    }

    /**
     * A shim that took the connection and says nothing waits for something itself, a disk perhaps.
     * That is no reason to end what it watches.
     *
     * @return whether the container's processes are there to be watched meanwhile
     */
    private boolean findInit(Container container, ShimConnection connection) throws IOException {
        try (var cgroup =
                Cgroup.open(placement.container(container.pod().record(), container.id()))) {
            var pid = OldestProcess.of(cgroup.pids());
            if (pid.isEmpty()) {
                return false;
            }
            LOGGER.log(
                    Level.WARNING,
                    "container={0} its shim does not answer; its process {1} runs",
                    container.id(),
                    String.valueOf(pid.getAsInt()));
            var bound = Files.getLastModifiedTime(paths.socket(container.id())).toInstant();
            watch.running(
                    container,
                    connection,
                    Pidfd.open(pid.getAsInt()),
                    new ContainerState.Started(bound, pid.getAsInt()));
            return true;
        }
    }

    private void withoutShim(Container container) throws IOException {
        boolean started =
                Files.exists(paths.exit(container.id()))
                        || Files.exists(paths.socket(container.id()));
        var cgroup = placement.container(container.pod().record(), container.id());
        if (started) {
            killLeftovers(cgroup);
            ExitFile.read(paths.exit(container.id()))
                    .ifPresent(life -> apply(container, life.startedAt()));
            finish(container, ends.verdictWithoutShim(container, Instant.now()));
        } else {
            // interrupted before the shim came to be: the container was never started
            Cgroups.end(cgroup);
            teardown.removeState(container.id());
        }
    }

    private static void killLeftovers(Path path) throws IOException {
        if (Files.exists(path)) {
            try (var cgroup = Cgroup.open(path)) {
                cgroup.kill();
            }
        }
    }

    private void finish(Container container, ContainerState.Ended end) {
        container
                .pod()
                .mailbox()
                .run(() -> {
                    ends.finish(container, end);
                    return end;
                });
    }

    /** Its pid belonged to a process that is gone. */
    private static void apply(Container container, Instant startedAt) {
        container
                .pod()
                .mailbox()
                .run(() -> {
                    container.apply(new ContainerState.Started(startedAt, 0));
                    return container;
                });
    }

    private static ContainerState.Ended end(String message) {
        return new ContainerState.Ended(Instant.now(), EXIT_UNKNOWN, "Unknown", message);
    }
}
