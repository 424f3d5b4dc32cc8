package io.demitasse.sandbox;

import io.demitasse.linux.mount.Mounts;
import io.demitasse.sandbox.Creation.Begun;
import io.demitasse.sandbox.Creation.Shape;
import io.demitasse.sandbox.network.HostPortTakenException;
import io.demitasse.sandbox.network.Network;
import io.demitasse.sandbox.network.Traffic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/**
 * All sandboxes of one daemon.
 *
 * <p><b>Threads.</b> May be shared; calls about one sandbox are serialized by the caller.
 */
public final class Sandboxes implements AutoCloseable {
    private final SandboxPaths paths;
    private final Network network;
    private final Unprivileged unprivileged;
    private final Supplier<String> newId;
    private final ConcurrentMap<String, Begun> claimed = new ConcurrentHashMap<>();
    private volatile Optional<ReadySandboxes> ready = Optional.empty();

    private Sandboxes(
            SandboxPaths paths,
            Network network,
            Unprivileged unprivileged,
            Supplier<String> newId) {
        this.paths = paths;
        this.network = network;
        this.unprivileged = unprivileged;
        this.newId = newId;
    }

    /** As below, for sandboxes that are never made ahead. */
    public static Sandboxes open(Path state, Network network) throws IOException {
        return open(
                state,
                network,
                Unprivileged.NOTHING,
                () -> {
                    throw new IllegalStateException("no ids for sandboxes made ahead");
                });
    }

    /**
     * Opens the state directory, and keeps mounts made in it from propagating.
     *
     * @param newId makes the ids of sandboxes that are made ahead
     */
    public static Sandboxes open(
            Path state, Network network, Unprivileged unprivileged, Supplier<String> newId)
            throws IOException {
        var paths = new SandboxPaths(state.toAbsolutePath());
        var directory = paths.sandboxes();
        Files.createDirectories(directory);
        if (!Mounts.isMountPoint(directory)) {
            Mounts.bind(directory, directory, false);
        }
        // Where /run is shared, as systemd makes it, every pin would appear in every mount
        // namespace
        // that is its slave, and keep namespaces alive there.
        Mounts.makePrivate(directory, false);
        return new Sandboxes(paths, network, unprivileged, newId);
    }

    /**
     * Keeps so many sandboxes of the usual shape ready, from now until {@link #close}. To be called
     * after {@link #collect}, which would take them for leftovers.
     */
    public void keepReady(int count) {
        if (count > 0) {
            var usual =
                    new Shape(
                            NetworkMode.POD,
                            IpcMode.POD,
                            SandboxSpec.DEFAULT_SHM_BYTES,
                            Optional.empty());
            ready = Optional.of(new ReadySandboxes(count, () -> creation(newId.get(), usual)));
        }
    }

    /**
     * {@return the id to create a sandbox with: that of one which is ready, or the given one}
     *
     * <p>Whoever gets an id either creates the sandbox or removes it.
     */
    public String claim(SandboxSpec spec) {
        var taken = ready.flatMap(sandboxes -> sandboxes.take(Shape.of(spec)));
        taken.ifPresent(begun -> claimed.put(begun.id(), begun));
        return taken.map(Begun::id).orElse(spec.id());
    }

    /** Throws if a sandbox like this would want a port of the node that another one has. */
    public void requireFreePorts(SandboxSpec spec) throws HostPortTakenException {
        network.requireFree(spec.ports());
    }

    /** Makes a sandbox. When this throws, nothing of it is left. */
    public Sandbox create(SandboxSpec spec) throws IOException {
        var prepared = claimed.remove(spec.id());
        var begun = prepared != null ? prepared : creation(spec.id(), Shape.of(spec)).begin();
        try {
            return begun.finish(spec);
        } catch (IOException | RuntimeException failure) {
            undo(spec.id(), failure);
            throw failure;
        }
    }

    private Creation creation(String id, Shape shape) {
        return new Creation(id, shape, paths, network, unprivileged);
    }

    private void undo(String id, Exception failure) {
        try {
            remove(id);
        } catch (IOException suppressed) {
            failure.addSuppressed(suppressed);
        }
    }

    /** Removes the sandboxes that are ready; those that were created stay. */
    @Override
    public void close() throws IOException {
        if (ready.isEmpty()) {
            return;
        }
        var failures = new Failures();
        try {
            for (var unused : ready.get().stop()) {
                unused.abandon();
                failures.attempt(() -> remove(unused.id()));
            }
        } catch (InterruptedException interrupted) {
            // what is ready stays, and is collected at the next start
            Thread.currentThread().interrupt();
        }
        failures.rethrow();
    }

    /** {@return a sandbox that was created and not removed, by this daemon or one before it} */
    public Optional<Sandbox> open(String id) {
        return directory(id).exists()
                ? Optional.of(new Sandbox(id, paths, network.address(id)))
                : Optional.empty();
    }

    /** {@return whether it has its namespaces: it was not stopped, and the node not rebooted} */
    public boolean isLive(String id) throws IOException {
        return directory(id).isMounted();
    }

    /** {@return what went through a sandbox's link; none with the node's network} */
    public Optional<Traffic> traffic(String id) throws IOException {
        return network.traffic(id);
    }

    /**
     * Lets go of namespaces, files, shared memory and address; what is left is that the sandbox
     * existed. Its processes must have ended. May be repeated.
     */
    public void stop(String id) throws IOException {
        release(id, directory(id)::replace);
    }

    /** Stops a sandbox and forgets it. May be repeated. */
    public void remove(String id) throws IOException {
        release(id, directory(id)::remove);
    }

    private void release(String id, Rollback.Undo last) throws IOException {
        var unfinished = claimed.remove(id);
        if (unfinished != null) {
            unfinished.abandon();
        }
        var failures = new Failures();
        failures.attempt(directory(id)::unmount);
        failures.attempt(() -> network.release(id));
        // Without the last step it can be found and tried again.
        failures.rethrow();
        last.run();
    }

    private SandboxDirectory directory(String id) {
        return new SandboxDirectory(paths, id);
    }

    /** {@return the ids of all sandboxes that have a directory, in whatever state} */
    public Set<String> ids() throws IOException {
        var ids = new TreeSet<String>();
        try (var directories = Files.newDirectoryStream(paths.sandboxes())) {
            for (var directory : directories) {
                var name = String.valueOf(directory.getFileName());
                if (SandboxSpec.isId(name)) {
                    ids.add(name);
                }
            }
        }
        return ids;
    }

    /** Removes everything that belongs to no live sandbox. Not while one is being created. */
    public void collect(Set<String> live) throws IOException {
        var failures = new Failures();
        for (var id : ids()) {
            if (!live.contains(id)) {
                failures.attempt(() -> remove(id));
            }
        }
        failures.attempt(() -> network.collect(live));
        failures.rethrow();
    }

    /**
     * Undoes {@link #open} and the network's infrastructure.
     *
     * @throws IOException if there are sandboxes
     */
    public void removeInfrastructure() throws IOException {
        var ids = ids();
        if (!ids.isEmpty()) {
            throw new IOException(
                    "%d sandboxes are left in %s".formatted(ids.size(), paths.sandboxes()));
        }
        if (Mounts.isMountPoint(paths.sandboxes())) {
            Mounts.unmount(paths.sandboxes());
        }
        network.removeInfrastructure();
    }
}
