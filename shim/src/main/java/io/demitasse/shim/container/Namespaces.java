package io.demitasse.shim.container;

import io.demitasse.linux.Fd;
import java.util.Optional;

/** The namespaces a container joins; an absent one is the node's. Mounts are always its own. */
public record Namespaces(Optional<Fd> net, Optional<Fd> ipc, Optional<Fd> uts, PidNamespace pid) {
    /** {@return the node's namespaces, but processes of its own} */
    public static Namespaces host() {
        return new Namespaces(
                Optional.empty(), Optional.empty(), Optional.empty(), new PidNamespace.Own());
    }
}
