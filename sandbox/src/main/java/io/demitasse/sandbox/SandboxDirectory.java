package io.demitasse.sandbox;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.mount.Mounts;
import io.demitasse.linux.namespace.NamespacePin;
import io.demitasse.linux.namespace.NamespaceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Takes a sandbox's directory apart. Each step may find itself done. */
final class SandboxDirectory {
    private SandboxDirectory() {}

    /** Takes away everything mounted in it; lazily, so that nobody who uses it can prevent that. */
    static void unmount(SandboxPaths paths, String id) throws IOException {
        var failures = new Failures();
        for (var type : NamespaceType.values()) {
            failures.attempt(() -> NamespacePin.remove(paths.namespace(id, type)));
        }
        failures.attempt(() -> unmountIfMounted(paths.shm(id)));
        failures.rethrow();
    }

    /** Removes it with what we put in it, and nothing else. */
    static void remove(SandboxPaths paths, String id) throws IOException {
        Files.deleteIfExists(paths.shm(id));
        Files.deleteIfExists(paths.namespaces(id));
        Files.deleteIfExists(paths.resolvConf(id));
        Files.deleteIfExists(paths.hosts(id));
        Files.deleteIfExists(paths.hostname(id));
        Files.deleteIfExists(paths.sandbox(id));
    }

    private static void unmountIfMounted(Path path) throws SyscallException {
        try {
            Mounts.unmountLazily(path);
        } catch (SyscallException refused) {
            // EINVAL: no mount point (any more)
            if (!refused.is(Errno.EINVAL) && !refused.is(Errno.ENOENT)) {
                throw refused;
            }
        }
    }
}
