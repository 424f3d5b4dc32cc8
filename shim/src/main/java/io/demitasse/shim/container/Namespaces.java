package io.demitasse.shim.container;

import io.demitasse.linux.Fd;
import java.util.Optional;

/**
 * The namespaces a container joins; an absent one is the node's. Mounts are always its own.
 *
 * @param user one that owns the others; its ids are those of the process that joins it
 */
public record Namespaces(
        Optional<Fd> net, Optional<Fd> ipc, Optional<Fd> uts, PidNamespace pid, Optional<Fd> user) {
    /** Namespaces of the node's users. */
    public Namespaces(Optional<Fd> net, Optional<Fd> ipc, Optional<Fd> uts, PidNamespace pid) {
        this(net, ipc, uts, pid, Optional.empty());
    }

    /** {@return the node's namespaces, but processes of its own} */
    public static Namespaces host() {
        return new Namespaces(
                Optional.empty(), Optional.empty(), Optional.empty(), new PidNamespace.Own());
    }
}
