package io.demitasse.sandbox;

import io.demitasse.linux.namespace.NamespaceType;
import java.nio.file.Path;

/**
 * Where sandboxes keep what they own, below the state directory.
 *
 * <pre>
 * state/
 * ├── sandboxes/                      a private bind mount of itself: no mount below it propagates
 * │   └── ID/                         a tmpfs, from creation to stop
 * │       ├── ns/net ns/ipc ns/uts    namespaces, bind mounted (only those the pod owns)
 * │       ├── ns/user layers/ids/     with a user namespace: it, and the layers with its ids
 * │       ├── shm/                    the pod's /dev/shm (unless it uses the node's IPC)
 * │       └── resolv.conf hosts hostname
 * ├── leases/
 * │   └── NETWORK/
 * │       └── ADDRESS                 contains the id of the sandbox that has it
 * └── ports/
 *     └── NETWORK/
 *         └── PROTOCOL-ADDRESS-PORT   a port of the node: the id of its sandbox, the port there
 * </pre>
 */
public record SandboxPaths(Path state) {
    /** {@return the directory of all sandboxes} */
    public Path sandboxes() {
        return state.resolve("sandboxes");
    }

    /** {@return the directory of all leases of one network} */
    public Path leases(String network) {
        return state.resolve("leases").resolve(network);
    }

    /** {@return the directory of all ports of the node that lead to a network} */
    public Path ports(String network) {
        return state.resolve("ports").resolve(network);
    }

    /** {@return the directory of one sandbox} */
    public Path sandbox(String id) {
        return sandboxes().resolve(SandboxSpec.checkId(id));
    }

    /** {@return the directory of a sandbox's pinned namespaces} */
    public Path namespaces(String id) {
        return sandbox(id).resolve("ns");
    }

    /** {@return the file a namespace is pinned to} */
    public Path namespace(String id, NamespaceType type) {
        return namespaces(id).resolve(type.procName());
    }

    /**
     * {@return where the layers of images can be mounted with the ids of the sandbox's user
     * namespace; only root of the node gets there}
     */
    public Path mappedLayers(String id) {
        return sandbox(id).resolve("layers").resolve("ids");
    }

    /** {@return the directory of a sandbox's shared memory} */
    public Path shm(String id) {
        return sandbox(id).resolve("shm");
    }

    /** {@return the sandbox's resolv.conf} */
    public Path resolvConf(String id) {
        return sandbox(id).resolve("resolv.conf");
    }

    /** {@return the sandbox's hosts file} */
    public Path hosts(String id) {
        return sandbox(id).resolve("hosts");
    }

    /** {@return the file with the sandbox's hostname} */
    public Path hostname(String id) {
        return sandbox(id).resolve("hostname");
    }
}
