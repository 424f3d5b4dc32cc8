package io.demitasse.sandbox.network;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** A Linux bridge with an address range of its own, masqueraded to the outside. */
public final class BridgeNetwork implements Network {
    private final BridgeConfig config;
    private final Path leases;

    private BridgeNetwork(BridgeConfig config, Path leases) {
        this.config = config;
        this.leases = leases;
    }

    /** Reads the leases in the directory; makes nothing yet. */
    public static BridgeNetwork open(BridgeConfig config, Path leases) throws IOException {
        return new BridgeNetwork(config, leases);
    }

    @Override
    public void prepare() throws IOException {
        throw new UnsupportedOperationException(config + " " + leases);
    }

    @Override
    public InetAddress attach(PodNamespace pod) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void release(String sandboxId) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<InetAddress> address(String sandboxId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void collect(Set<String> live) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void removeInfrastructure() throws IOException {
        throw new UnsupportedOperationException();
    }
}
