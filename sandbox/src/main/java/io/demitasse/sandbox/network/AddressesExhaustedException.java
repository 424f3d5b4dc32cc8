package io.demitasse.sandbox.network;

import java.io.IOException;

/** All addresses of a network are leased. */
public final class AddressesExhaustedException extends IOException {
    private static final long serialVersionUID = 1L;

    AddressesExhaustedException(Subnet subnet, long usable) {
        super("all %d addresses for pods in %s are leased".formatted(usable, subnet));
    }
}
