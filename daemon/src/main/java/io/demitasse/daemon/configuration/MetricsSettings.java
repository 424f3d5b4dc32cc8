package io.demitasse.daemon.configuration;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Where figures for Prometheus are served.
 *
 * @param listen {@code ADDRESS:PORT}, port 0 for any that is free; empty for nowhere
 */
public record MetricsSettings(String listen) {
    public MetricsSettings {
        boolean literal = listen.matches("([0-9.]{7,15}|\\[[0-9a-fA-F:]+]|localhost):[0-9]{1,5}");
        if (!listen.isEmpty() && !literal) {
            throw new IllegalArgumentException(
                    "metrics.listen must look like 127.0.0.1:9323, not \"" + listen + "\"");
        }
    }

    /** {@return none: whoever wants figures says where} */
    public static MetricsSettings defaults() {
        return new MetricsSettings("");
    }

    /** {@return the address to listen on, unless there is none} */
    public Optional<InetSocketAddress> address() {
        if (listen.isEmpty()) {
            return Optional.empty();
        }
        int colon = listen.lastIndexOf(':');
        int port = Integer.parseInt(listen.substring(colon + 1));
        return Optional.of(new InetSocketAddress(listen.substring(0, colon), port));
    }
}
