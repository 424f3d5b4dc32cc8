package io.demitasse.daemon.configuration;

import java.nio.file.Path;
import java.util.List;

/**
 * How registries are reached. The files themselves are read at each pull.
 *
 * @param hostDirectories trees of {@code hosts.toml} files as containerd has them; the first that
 *     has a directory for a registry decides
 * @param registriesFile what decides about the others, in the words of Podman and CRI-O
 * @param authFiles docker's {@code config.json} files with the node's own credentials
 * @param pinnedImages names of images, with {@code *} for anything, that are not to be removed to
 *     gain space
 * @param keepsBlobs whether layers are kept as the registry has them, beside what they unpack to
 */
public record RegistrySettings(
        List<Path> hostDirectories,
        Path registriesFile,
        List<Path> authFiles,
        List<String> pinnedImages,
        boolean keepsBlobs) {
    public RegistrySettings {
        hostDirectories = List.copyOf(hostDirectories);
        authFiles = List.copyOf(authFiles);
        pinnedImages = List.copyOf(pinnedImages);
    }

    /** {@return our own places, then those of others: a node that had them works unchanged} */
    public static RegistrySettings defaults() {
        return new RegistrySettings(
                List.of(Path.of("/etc/demitasse/certs.d"), Path.of("/etc/containerd/certs.d")),
                Path.of("/etc/containers/registries.conf"),
                List.of(Path.of("/etc/demitasse/auth.json")),
                List.of(),
                false);
    }

    public RegistrySettings withHostDirectories(List<Path> chosen) {
        return new RegistrySettings(chosen, registriesFile, authFiles, pinnedImages, keepsBlobs);
    }

    public RegistrySettings withRegistriesFile(Path chosen) {
        return new RegistrySettings(hostDirectories, chosen, authFiles, pinnedImages, keepsBlobs);
    }

    public RegistrySettings withAuthFiles(List<Path> chosen) {
        return new RegistrySettings(
                hostDirectories, registriesFile, chosen, pinnedImages, keepsBlobs);
    }

    public RegistrySettings withPinnedImages(List<String> chosen) {
        return new RegistrySettings(hostDirectories, registriesFile, authFiles, chosen, keepsBlobs);
    }

    public RegistrySettings withKeepsBlobs(boolean chosen) {
        return new RegistrySettings(
                hostDirectories, registriesFile, authFiles, pinnedImages, chosen);
    }
}
