package io.demitasse.daemon.runtime;

import static io.demitasse.daemon.call.RequestException.invalid;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.Device;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.security.DevicePolicy;
import io.demitasse.shim.container.DeviceNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** The devices of a container: its nodes below /dev, and what its cgroup lets it do with them. */
record Devices(List<DeviceNode> nodes, DevicePolicy policy) {
    private static final Path DEV = Path.of("/dev");

    /** What every container has of its own, so that the host's are not wanted. */
    private static final Set<String> STANDARD =
            Set.of(
                    "/dev/null",
                    "/dev/zero",
                    "/dev/full",
                    "/dev/random",
                    "/dev/urandom",
                    "/dev/tty",
                    "/dev/console",
                    "/dev/ptmx");

    /** Looks at the host's nodes that a request names; at all of them for a privileged one. */
    static Devices of(ContainerConfig config) throws IOException, RequestException {
        if (config.getLinux().getSecurityContext().getPrivileged()) {
            return new Devices(all(), DevicePolicy.ALL);
        }
        var nodes = new ArrayList<DeviceNode>();
        var rules = new ArrayList<DevicePolicy.Rule>();
        for (var device : config.getDevicesList()) {
            add(device, nodes, rules);
        }
        return new Devices(
                List.copyOf(nodes),
                rules.isEmpty() ? DevicePolicy.DEFAULT : DevicePolicy.DEFAULT.with(rules));
    }

    private static void add(Device device, List<DeviceNode> nodes, List<DevicePolicy.Rule> rules)
            throws IOException, RequestException {
        var source = Path.of(device.getHostPath());
        if (!Files.exists(source)) {
            throw invalid("device %s does not exist", source);
        }
        var status = FileStatus.of(source);
        if (!isDevice(status)) {
            throw invalid("%s is not a device", source);
        }
        nodes.add(node(device.getContainerPath(), status));
        rules.add(
                new DevicePolicy.Rule(
                        status.type() == FileType.BLOCK_DEVICE
                                ? DevicePolicy.Type.BLOCK
                                : DevicePolicy.Type.CHARACTER,
                        OptionalInt.of(status.node().major()),
                        OptionalInt.of(status.node().minor()),
                        DevicePolicy.Access.parse(device.getPermissions())));
    }

    /** The nodes directly in /dev: what is mounted below it (pts, shm) is not the container's. */
    private static List<DeviceNode> all() throws IOException {
        var nodes = new ArrayList<DeviceNode>();
        try (var entries = Files.newDirectoryStream(DEV)) {
            for (var entry : entries) {
                if (Files.isSymbolicLink(entry) || STANDARD.contains(entry.toString())) {
                    continue;
                }
                var status = FileStatus.of(entry);
                if (isDevice(status)) {
                    nodes.add(node(entry.toString(), status));
                }
            }
        }
        return nodes;
    }

    private static boolean isDevice(FileStatus status) {
        return status.type() == FileType.BLOCK_DEVICE || status.type() == FileType.CHARACTER_DEVICE;
    }

    private static DeviceNode node(String path, FileStatus status) {
        return new DeviceNode(
                path,
                status.type() == FileType.BLOCK_DEVICE
                        ? DeviceNode.Type.BLOCK
                        : DeviceNode.Type.CHARACTER,
                new io.demitasse.shim.plan.Device(status.node().major(), status.node().minor()),
                status.mode(),
                status.uid(),
                status.gid());
    }
}
