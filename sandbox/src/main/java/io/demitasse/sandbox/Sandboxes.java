package io.demitasse.sandbox;

import io.demitasse.linux.mount.Mounts;
import io.demitasse.sandbox.network.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * All sandboxes of one daemon.
 *
 * <p><b>Threads.</b> May be shared; calls about one sandbox are serialized by the caller.
 */
public final class Sandboxes {
    private final SandboxPaths paths;
    private final Network network;

    private Sandboxes(SandboxPaths paths, Network network) {
        this.paths = paths;
        this.network = network;
    }

    /** Opens the state directory, and keeps mounts made in it from propagating. */
    public static Sandboxes open(Path state, Network network) throws IOException {
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
        return new Sandboxes(paths, network);
    }

    /** Makes a sandbox. When this throws, nothing of it is left. */
    public Sandbox create(SandboxSpec spec) throws IOException {
        if (spec.network() == NetworkMode.POD) {
            network.prepare();
        }
        try (var rollback = new Rollback()) {
            var created = new Creation(spec, paths, network).run(rollback);
            rollback.commit();
            return created;
        }
    }

    /** {@return a sandbox that was created and not removed, by this daemon or one before it} */
    public Optional<Sandbox> open(String id) {
        return directory(id).exists()
                ? Optional.of(new Sandbox(id, paths, network.address(id)))
                : Optional.empty();
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
