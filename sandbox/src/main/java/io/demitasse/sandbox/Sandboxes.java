package io.demitasse.sandbox;

import io.demitasse.sandbox.network.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

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
        return new Sandboxes(new SandboxPaths(state), network);
    }

    /** Makes a sandbox. When this throws, nothing of it is left. */
    public Sandbox create(SandboxSpec spec) throws IOException {
        return notYet(spec.id());
    }

    /** {@return a sandbox that was created and not removed, by this daemon or one before it} */
    public Optional<Sandbox> open(String id) {
        return notYet(id);
    }

    /** Lets go of namespaces, shared memory and address; the files stay. May be repeated. */
    public void stop(String id) throws IOException {
        this.<Object>notYet("");
    }

    /** Removes what {@link #stop} left, after stopping. May be repeated. */
    public void remove(String id) throws IOException {
        this.<Object>notYet("");
    }

    /** {@return the ids of all sandboxes that have a directory, in whatever state} */
    public Set<String> ids() throws IOException {
        return notYet("ids");
    }

    /** Removes everything that belongs to no live sandbox. Not while one is being created. */
    public void collect(Set<String> live) throws IOException {
        this.<Object>notYet("");
    }

    /** Undoes {@link #open} and the network's infrastructure, once no sandbox is left. */
    public void removeInfrastructure() throws IOException {
        this.<Object>notYet("");
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // until the bodies are there
    private <T> T notYet(String what) {
        throw new UnsupportedOperationException(what + " " + paths + " " + network);
    }
}
