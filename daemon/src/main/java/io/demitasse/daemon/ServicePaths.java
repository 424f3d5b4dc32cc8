package io.demitasse.daemon;

import io.demitasse.daemon.configuration.Configuration;
import java.nio.file.Path;

/**
 * Where the daemon's own things are, below {@code --root} and {@code --state}.
 *
 * <pre>
 * ROOT/                   durable
 * ├── images, layers, …   storage-overlay's
 * ├── snapshots/          storage-overlay's: the containers' writable layers
 * ├── sandboxes/          records of pods
 * └── containers/         records of containers
 * STATE/                  gone after a reboot
 * ├── daemon.lock         held by the daemon that uses this directory
 * ├── spawner.lock        held by the spawner, and by a shim until its container runs
 * ├── sandboxes/          sandbox's: pinned namespaces and the pods' files
 * ├── containers/         shim sockets and exit files
 * └── leases/BRIDGE/      sandbox's: addresses in use
 * </pre>
 */
record ServicePaths(Path root, Path state) {
    static ServicePaths of(Configuration configuration) {
        return new ServicePaths(configuration.root(), configuration.state());
    }

    Path daemonLock() {
        return state.resolve("daemon.lock");
    }

    Path spawnerLock() {
        return state.resolve("spawner.lock");
    }

    Path sandboxRecords() {
        return root.resolve("sandboxes");
    }

    Path containerRecords() {
        return root.resolve("containers");
    }

    Path runningContainers() {
        return state.resolve("containers");
    }
}
