package io.demitasse.shim.container;

import io.demitasse.linux.Fd;
import java.util.List;
import java.util.Optional;

/**
 * A container to be started.
 *
 * @param rootfs a detached mount of the root file system
 * @param directory the container's state directory, where the shim leaves its socket and exit file
 * @param log the CRI log, opened for appending
 * @param nodeCgroups a detached clone of the node's mount of cgroup2, for a privileged container:
 *     its sysfs is writable as well, and its cgroup namespace is the node's
 * @param attachableInput whether the process reads what is attached, and not the empty file
 * @param mounts in any order: those nearer to the root are made first
 */
public record ContainerSpec(
        Fd rootfs,
        boolean readOnlyRoot,
        Fd cgroup,
        Fd directory,
        Fd log,
        Namespaces namespaces,
        Optional<Fd> nodeCgroups,
        List<ContainerMount> mounts,
        List<DeviceNode> devices,
        List<String> maskedPaths,
        List<String> readOnlyPaths,
        boolean attachableInput,
        ProcessSpec process) {
    /** How many mounts somebody may ask for: the shim takes a descriptor for each at once. */
    public static final int MAX_MOUNTS = 4096;

    /** Copies the lists. */
    public ContainerSpec {
        mounts = List.copyOf(mounts);
        devices = List.copyOf(devices);
        maskedPaths = List.copyOf(maskedPaths);
        readOnlyPaths = List.copyOf(readOnlyPaths);
    }

    boolean privileged() {
        return nodeCgroups.isPresent();
    }
}
