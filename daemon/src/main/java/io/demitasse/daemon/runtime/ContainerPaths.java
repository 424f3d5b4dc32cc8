package io.demitasse.daemon.runtime;

import java.nio.file.Path;

/**
 * A running container's directory in the state directory; it goes away with the container.
 *
 * <pre>
 * STATE/containers/ID/
 * ├── shim.sock    SOCK_SEQPACKET, bound by the shim: the way back to it after a restart
 * └── exit         how it ended, written by the shim before it tells anybody
 * </pre>
 */
public record ContainerPaths(Path containers) {
    /** {@return the directory of one container} */
    public Path directory(String id) {
        return containers.resolve(id);
    }

    /** {@return the shim's socket} */
    public Path socket(String id) {
        return directory(id).resolve("shim.sock");
    }

    /** {@return the exit file} */
    public Path exit(String id) {
        return directory(id).resolve("exit");
    }
}
