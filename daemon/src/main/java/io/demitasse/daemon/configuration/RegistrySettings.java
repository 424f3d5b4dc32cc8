package io.demitasse.daemon.configuration;

import java.nio.file.Path;
import java.util.List;

/**
 * How registries are reached. The files themselves are read at each pull.
 *
 * @param hostDirectories trees of {@code hosts.toml} files as containerd has them; the first that
 *     has a directory for a registry decides
 * @param authFiles docker's {@code config.json} files with the node's own credentials
 */
public record RegistrySettings(List<Path> hostDirectories, List<Path> authFiles) {
    public RegistrySettings {
        hostDirectories = List.copyOf(hostDirectories);
        authFiles = List.copyOf(authFiles);
    }

    /** {@return our own places, then those of containerd: a node that had it works unchanged} */
    public static RegistrySettings defaults() {
        return new RegistrySettings(
                List.of(Path.of("/etc/demitasse/certs.d"), Path.of("/etc/containerd/certs.d")),
                List.of(Path.of("/etc/demitasse/auth.json")));
    }

    public RegistrySettings withHostDirectories(List<Path> chosen) {
        return new RegistrySettings(chosen, authFiles);
    }

    public RegistrySettings withAuthFiles(List<Path> chosen) {
        return new RegistrySettings(hostDirectories, chosen);
    }
}
