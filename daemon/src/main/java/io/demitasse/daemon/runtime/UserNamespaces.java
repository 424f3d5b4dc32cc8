package io.demitasse.daemon.runtime;

import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.record.v1.SandboxRecord;
import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.namespace.IdMappings;
import io.demitasse.sandbox.Owner;
import io.demitasse.sandbox.Sandbox;
import io.demitasse.sandbox.SandboxSpec;
import io.demitasse.sandbox.Sandboxes;
import io.demitasse.storage.overlay.Snapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes pods whose users are not the node's: their namespaces by a process that lives just as long
 * as that takes, and the layers of images as their users see them.
 *
 * <p>Pods without a user namespace pass none of this.
 */
public final class UserNamespaces {
    private static final Path LIMIT = Path.of("/proc/sys/user/max_user_namespaces");

    private final InfraInit infra;
    private final Sandboxes sandboxes;
    private final Snapshots snapshots;

    /** Makes them of these. */
    public UserNamespaces(InfraInit infra, Sandboxes sandboxes, Snapshots snapshots) {
        this.infra = infra;
        this.sandboxes = sandboxes;
        this.snapshots = snapshots;
    }

    /** {@return whether this kernel makes user namespaces} */
    public static boolean areAvailable() {
        try {
            return !Files.readString(LIMIT).strip().equals("0");
        } catch (IOException notBuilt) {
            return false;
        }
    }

    /**
     * Makes a sandbox in a user namespace of its own. On failure the caller removes the sandbox and
     * undoes the init, which the record tells it to.
     */
    Sandbox create(SandboxRecord record, SandboxSpec spec, IdMappings ids)
            throws IOException, RequestException {
        try (var holder = infra.hold(record)) {
            ids.apply(holder.pid());
            var sandbox = sandboxes.create(spec.withOwner(new Owner(holder.pid(), ids)));
            mapLayers(sandbox);
            return sandbox;
        }
    }

    private void mapLayers(Sandbox sandbox) throws IOException, RequestException {
        try (var user = sandbox.userns().orElseThrow();
                var layers = snapshots.mapLayers(user)) {
            layers.attach(sandbox.mappedLayers());
        } catch (SyscallException refused) {
            if (refused.is(Errno.EINVAL)) {
                throw RequestException.state(
                        "the file system of the images has no id-mapped mounts, which a pod with a"
                                + " user namespace needs: %s",
                        String.valueOf(refused.getMessage()));
            }
            throw refused;
        }
    }
}
