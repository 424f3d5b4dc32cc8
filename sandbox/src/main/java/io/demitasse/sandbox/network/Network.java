package io.demitasse.sandbox.network;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
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

    /** Throws if a port of the node that a pod wants is another's; no reservation yet. */
    void requireFree(List<PortMapping> ports) throws HostPortTakenException;

    /**
     * Lets ports of the node lead to a pod that is attached. On a thread of the node's namespaces;
     * what is left of a failure goes with {@link #release}.
     */
    void publish(String sandboxId, List<PortMapping> ports) throws IOException;

    /**
     * Frees what {@link #attach} and {@link #publish} reserved, when the pod's network namespace is
     * gone or about to be. Does nothing for a sandbox that has nothing.
     */
    void release(String sandboxId) throws IOException;

    /** {@return the address of a sandbox, if it has one} */
    Optional<InetAddress> address(String sandboxId);

    /** {@return what went through a sandbox's link, as the pod sees it, if it has one} */
    Optional<Traffic> traffic(String sandboxId) throws IOException;

    /** Frees whatever belongs to no live sandbox. */
    void collect(Set<String> live) throws IOException;

    /** Removes what {@link #prepare} made. For the day the node stops running pods. */
    void removeInfrastructure() throws IOException;
}
