package io.demitasse.sandbox.network;

import java.io.IOException;

/** A port of the node that is to lead to a pod leads to another one. */
public final class HostPortTakenException extends IOException {
    private static final long serialVersionUID = 1L;

    HostPortTakenException(PortMapping.HostPort port, String owner) {
        super("host port %s belongs to pod sandbox %s; stop that one first".formatted(port, owner));
    }
}
