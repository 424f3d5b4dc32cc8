package io.demitasse.shim.container;

import io.demitasse.linux.Fd;
import io.demitasse.shim.plan.MountFlag;
import java.util.Map;
import java.util.Set;

/** Something mounted in a container beside the standard file systems. */
public sealed interface ContainerMount {
    /** {@return where, as an absolute path in the container} */
    String target();

    /**
     * A detached mount, with the attributes and the propagation it already has.
     *
     * @param file whether it is the mount of a file, not of a directory
     */
    record Attach(Fd mount, String target, boolean file) implements ContainerMount {}

    /** A new file system, for instance a tmpfs. */
    record Filesystem(String type, String target, Map<String, String> options, Set<MountFlag> flags)
            implements ContainerMount {
        public Filesystem {
            options = Map.copyOf(options);
            flags = Set.copyOf(flags);
        }
    }
}
