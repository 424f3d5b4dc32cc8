package io.demitasse.daemon.configuration;

import java.lang.System.Logger.Level;
import java.nio.file.Path;

/**
 * Everything that distinguishes one daemon from another; instances that differ in socket, root,
 * state, cgroup root and bridge run side by side without knowing of each other.
 *
 * @param root the durable directory: images, layers, writable layers and records
 * @param state the directory that a reboot empties: pins, shim sockets, leases and locks
 * @param cgroupRoot the cgroup2 directory that a pod's {@code cgroup_parent} is relative to
 * @param logLevel the least severe level that is logged
 * @param shimBinary the static executable that becomes spawner, shim and pause process
 */
public record Configuration(
        SocketSettings socket,
        Path root,
        Path state,
        Path cgroupRoot,
        Level logLevel,
        Path shimBinary,
        NetworkSettings network,
        CgroupSettings cgroup,
        RegistrySettings registry,
        StreamingSettings streaming,
        MetricsSettings metrics) {
    /** Where the configuration file is looked for when no flag names one. */
    public static final Path DEFAULT_FILE = Path.of("/etc/demitasse/config.toml");

    public Configuration {
        requireAbsolute("listen", socket.path());
        requireAbsolute("root", root);
        requireAbsolute("state", state);
        requireAbsolute("cgroup_root", cgroupRoot);
        requireAbsolute("shim_binary", shimBinary);
    }

    /** {@return the configuration of a node on which nobody configured anything} */
    public static Configuration defaults() {
        return new Configuration(
                SocketSettings.defaults(),
                Path.of("/var/lib/demitasse"),
                Path.of("/run/demitasse"),
                Path.of("/sys/fs/cgroup"),
                Level.INFO,
                Installation.shimBinary(),
                NetworkSettings.defaults(),
                CgroupSettings.defaults(),
                RegistrySettings.defaults(),
                StreamingSettings.defaults(),
                MetricsSettings.defaults());
    }

    public Configuration withSocket(SocketSettings chosen) {
        return new Configuration(
                chosen,
                root,
                state,
                cgroupRoot,
                logLevel,
                shimBinary,
                network,
                cgroup,
                registry,
                streaming,
                metrics);
    }

    public Configuration withRoot(Path chosen) {
        return new Configuration(
                socket,
                chosen,
                state,
                cgroupRoot,
                logLevel,
                shimBinary,
                network,
                cgroup,
                registry,
                streaming,
                metrics);
    }

    public Configuration withState(Path chosen) {
        return new Configuration(
                socket,
                root,
                chosen,
                cgroupRoot,
                logLevel,
                shimBinary,
                network,
                cgroup,
                registry,
                streaming,
                metrics);
    }

    public Configuration withCgroupRoot(Path chosen) {
        return new Configuration(
                socket,
                root,
                state,
                chosen,
                logLevel,
                shimBinary,
                network,
                cgroup,
                registry,
                streaming,
                metrics);
    }

    public Configuration withLogLevel(Level chosen) {
        return new Configuration(
                socket,
                root,
                state,
                cgroupRoot,
                chosen,
                shimBinary,
                network,
                cgroup,
                registry,
                streaming,
                metrics);
    }

    public Configuration withShimBinary(Path chosen) {
        return new Configuration(
                socket,
                root,
                state,
                cgroupRoot,
                logLevel,
                chosen,
                network,
                cgroup,
                registry,
                streaming,
                metrics);
    }

    public Configuration withNetwork(NetworkSettings chosen) {
        return new Configuration(
                socket,
                root,
                state,
                cgroupRoot,
                logLevel,
                shimBinary,
                chosen,
                cgroup,
                registry,
                streaming,
                metrics);
    }

    public Configuration withCgroup(CgroupSettings chosen) {
        return new Configuration(
                socket,
                root,
                state,
                cgroupRoot,
                logLevel,
                shimBinary,
                network,
                chosen,
                registry,
                streaming,
                metrics);
    }

    public Configuration withRegistry(RegistrySettings chosen) {
        return new Configuration(
                socket,
                root,
                state,
                cgroupRoot,
                logLevel,
                shimBinary,
                network,
                cgroup,
                chosen,
                streaming,
                metrics);
    }

    public Configuration withStreaming(StreamingSettings chosen) {
        return new Configuration(
                socket,
                root,
                state,
                cgroupRoot,
                logLevel,
                shimBinary,
                network,
                cgroup,
                registry,
                chosen,
                metrics);
    }

    public Configuration withMetrics(MetricsSettings chosen) {
        return new Configuration(
                socket,
                root,
                state,
                cgroupRoot,
                logLevel,
                shimBinary,
                network,
                cgroup,
                registry,
                streaming,
                chosen);
    }

    private static void requireAbsolute(String key, Path path) {
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException(
                    key + " must be an absolute path, not \"" + path + "\"");
        }
    }
}
