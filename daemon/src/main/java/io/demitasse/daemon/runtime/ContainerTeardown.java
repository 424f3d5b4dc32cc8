package io.demitasse.daemon.runtime;

import static io.demitasse.cri.v1.ContainerEventType.CONTAINER_DELETED_EVENT;

import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.daemon.lifecycle.Names;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.daemon.store.RecordDirectory;
import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.storage.overlay.Snapshots;
import io.grpc.Context;
import io.grpc.Context.CancellationListener;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The way a container ends: a signal, SIGKILL, and then everything that it had.
 *
 * <p>The kill path needs no shim: the signal goes through the init's pidfd, the rest through {@code
 * cgroup.kill}. Only the exit code comes from the shim.
 */
public final class ContainerTeardown {
    /** How long the kernel and the shim may take to report a killed process. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** A start may have come by its cgroup, or its process, only after the kill. */
    private static final Duration KILL_AGAIN = Duration.ofMillis(50);

    private final Pods pods;
    private final Names<Container> names;
    private final RecordDirectory records;
    private final Snapshots snapshots;
    private final CgroupPlacement placement;
    private final ContainerPaths paths;
    private final ContainerEvents events;
    private final ContainerEnds ends;

    /** Tears down containers of these. */
    public ContainerTeardown(
            Pods pods,
            Names<Container> names,
            RecordDirectory records,
            Snapshots snapshots,
            CgroupPlacement placement,
            ContainerPaths paths,
            ContainerEvents events,
            ContainerEnds ends) {
        this.pods = pods;
        this.names = names;
        this.records = records;
        this.snapshots = snapshots;
        this.placement = placement;
        this.paths = paths;
        this.events = events;
        this.ends = ends;
    }

    /** Sends a signal to the init and waits; {@return whether the container ended in time} */
    public boolean signal(Container container, int signal, Duration grace)
            throws SyscallException, InterruptedException {
        container.shared().lock();
        try {
            var init = container.init();
            if (init.isPresent()) {
                send(init.get(), signal);
            }
        } finally {
            container.shared().unlock();
        }
        return awaitEnd(container, grace);
    }

    /** Kills every process of a container and waits until its end is known. */
    public void kill(Container container)
            throws RequestException, SyscallException, InterruptedException {
        killCgroup(container);
        awaitKilled(container);
    }

    /** Kills all of them first and waits afterwards, so that it takes as long as the slowest. */
    public void killAll(Collection<Container> containers)
            throws RequestException, SyscallException, InterruptedException {
        for (var container : containers) {
            killCgroup(container);
        }
        for (var container : containers) {
            lockKilling(container);
            try {
                killCgroup(container);
            } finally {
                container.exclusive().unlock();
            }
        }
        for (var container : containers) {
            awaitKilled(container);
        }
    }

    /**
     * Removes a container with all that it had, killing it if need be. Repeating it is harmless.
     */
    public void remove(Container container)
            throws RequestException, IOException, InterruptedException {
        lockKilling(container);
        try {
            kill(container);
            container.release();
            Cgroups.end(placement.container(container.pod().record(), container.id()));
            removeFiles(container.id());
            drop(container);
            names.release(
                    KeyOf.container(
                            container.record().getSandboxId(),
                            container.record().getConfig().getMetadata()),
                    container);
        } finally {
            container.exclusive().unlock();
        }
    }

    private void drop(Container container) {
        container
                .pod()
                .mailbox()
                .run(() -> {
                    pods.drop(container);
                    events.publish(CONTAINER_DELETED_EVENT, container);
                    return container;
                });
    }

    /** Removes what a container has on disk; its record goes first, so that this can be resumed. */
    public void removeFiles(String id) throws IOException {
        records.forgetRecord(id);
        removeState(id);
        snapshots.remove(id);
        records.forget(id);
    }

    /** {@return the ids of all containers that have anything on disk, known or not} */
    public Set<String> idsWithFiles() throws IOException {
        var ids = new TreeSet<>(records.ids());
        ids.addAll(snapshots.ids());
        if (Files.isDirectory(paths.containers())) {
            try (var running = Files.newDirectoryStream(paths.containers())) {
                running.forEach(directory -> ids.add(String.valueOf(directory.getFileName())));
            }
        }
        return ids;
    }

    /** Removes a container's directory in the state directory. */
    public void removeState(String id) throws IOException {
        Files.deleteIfExists(paths.socket(id));
        Files.deleteIfExists(paths.exit(id));
        Files.deleteIfExists(paths.directory(id));
    }

    /**
     * Takes the lock of a container that is to end. Whoever starts it holds the lock until its
     * process runs, and another process of the pod may have stopped that one: it is killed first.
     */
    private void lockKilling(Container container) throws SyscallException, InterruptedException {
        do {
            killCgroup(container);
        } while (!container.exclusive().tryLock(KILL_AGAIN.toNanos(), TimeUnit.NANOSECONDS));
    }

    /** Also what is under construction: a container that is being started is not running yet. */
    private void killCgroup(Container container) throws SyscallException {
        if (container.state() instanceof ContainerState.Exited) {
            return;
        }
        try (var cgroup =
                io.demitasse.linux.cgroup.Cgroup.open(
                        placement.container(container.pod().record(), container.id()))) {
            cgroup.kill();
        } catch (SyscallException failure) {
            // a container that ended a moment ago has nothing left to kill
            if (!failure.is(Errno.ENOENT) && !failure.is(Errno.ENODEV)) {
                throw failure;
            }
        }
    }

    private void awaitKilled(Container container)
            throws RequestException, SyscallException, InterruptedException {
        if (container.state() instanceof ContainerState.Running running
                && !awaitEnd(container, PATIENCE)
                && !isLost(container)) {
            throw RequestException.late(
                    "container %s was killed (cgroup.kill) and is still there after %d s; look at"
                            + " /proc/%d/stack",
                    container.id(), PATIENCE.toSeconds(), running.pid());
        }
    }

    /** The shim may wait for a disk, and with it whoever asks how its process ended. */
    private boolean isLost(Container container) throws SyscallException, InterruptedException {
        container.shared().lock();
        try {
            var init = container.init();
            if (init.isEmpty() || !init.get().isExited()) {
                return false;
            }
        } finally {
            container.shared().unlock();
        }
        ends.lost(container, Instant.now());
        return awaitEnd(container, PATIENCE);
    }

    /** A client that gave up wants nothing done later: what follows the wait does not happen. */
    private static boolean awaitEnd(Container container, Duration patience)
            throws InterruptedException {
        var caller = Context.current();
        var cancelled = new CompletableFuture<Void>();
        CancellationListener gone = _ -> cancelled.complete(null);
        caller.addListener(gone, Runnable::run);
        try {
            CompletableFuture.anyOf(container.exited(), cancelled)
                    .get(patience.toNanos(), TimeUnit.NANOSECONDS);
            if (!container.exited().isDone()) {
                throw new InterruptedException("the client waits no longer");
            }
            return true;
        } catch (TimeoutException late) {
            return false;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("an end cannot fail", impossible);
        } finally {
            caller.removeListener(gone);
        }
    }

    private static void send(Pidfd init, int signal) throws SyscallException {
        try {
            init.signal(signal);
        } catch (SyscallException failure) {
            // it ended by itself a moment ago: that is what was wanted
            if (!failure.is(Errno.ESRCH)) {
                throw failure;
            }
        }
    }
}
