package io.demitasse.sandbox.network;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;

/**
 * What connects pods. All it keeps per pod can be found again by the sandbox's id.
 *
 * <p><b>Threads.</b> May be shared; calls about one pod are serialized by the caller.
 */
public interface Network {
    /**
     * Makes what all pods share, or finds that it is there. Called before every {@link #attach}, on
     * a thread of the node's namespaces; cheap but for the first time.
     */
    void prepare() throws IOException;

    /**
     * Connects a pod and returns its address; undoes itself on failure.
     *
     * <p>Called on a thread inside the pod's namespaces: files below {@code /proc/sys}, sockets and
     * children made here are the pod's.
     */
    InetAddress attach(PodNamespace pod) throws IOException;

    /**
     * Frees what {@link #attach} reserved, when the pod's network namespace is gone or about to be.
     * Does nothing for a sandbox that has nothing.
     */
    void release(String sandboxId) throws IOException;

    /** {@return the address of a sandbox, if it has one} */
    Optional<InetAddress> address(String sandboxId);

    /** Frees whatever belongs to no live sandbox. */
    void collect(Set<String> live) throws IOException;

    /** Removes what {@link #prepare} made. For the day the node stops running pods. */
    void removeInfrastructure() throws IOException;
}
