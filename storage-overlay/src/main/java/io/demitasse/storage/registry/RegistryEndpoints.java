package io.demitasse.storage.registry;

import java.net.URI;

/** Where the registry of a domain is served. */
@FunctionalInterface
public interface RegistryEndpoints {
    /**
     * HTTPS, and plain HTTP where the domain is this very machine, as containerd does: {@code
     * localhost}, 127.0.0.0/8 and {@code ::1}.
     */
    RegistryEndpoints STANDARD =
            domain -> {
                var host = domain.equals("docker.io") ? "registry-1.docker.io" : domain;
                return URI.create((isLoopback(host) ? "http://" : "https://") + host);
            };

    /** {@return the address that {@code /v2/} is appended to} */
    URI baseOf(String domain);

    private static boolean isLoopback(String hostAndPort) {
        var host = hostAndPort.replaceFirst(":[0-9]+$", "");
        return host.equals("localhost")
                || host.equals("[::1]")
                || host.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
    }
}
