package io.demitasse.daemon.configuration;

import java.net.URISyntaxException;
import java.nio.file.Path;

/**
 * Where the files that are delivered with the daemon lie.
 *
 * <pre>
 * lib/daemon.jar            this code
 * lib/*.jar                 what it needs
 * libexec/demitasse-shim    spawner, shim and pause process
 * libexec/libnetty_*.so     what Netty would extract to /tmp otherwise
 * </pre>
 */
final class Installation {
    private Installation() {}

    static Path shimBinary() {
        return directory().resolve("libexec/demitasse-shim");
    }

    /** Two levels above the jar; run from a class directory, Maven's dist directory beside it. */
    private static Path directory() {
        Path code;
        try {
            code =
                    Path.of(
                            Installation.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI());
        } catch (URISyntaxException malformed) {
            throw new IllegalStateException("this code has no location", malformed);
        }
        var container = code.resolve("..").normalize();
        return container.endsWith("lib")
                ? container.resolve("..").normalize()
                : container.resolve("dist");
    }
}
