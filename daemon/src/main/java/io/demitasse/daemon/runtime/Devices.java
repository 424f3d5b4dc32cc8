package io.demitasse.daemon.runtime;

import static io.demitasse.daemon.call.RequestException.invalid;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.Device;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.security.DevicePolicy;
import io.demitasse.shim.container.DeviceNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** The devices of a container: its nodes, and what its cgroup lets it do with them. */
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

    /** Directories of a /dev that hold no devices of the node, as runc and containerd know them. */
    private static final Set<String> PASSED_OVER =
            Set.of("pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev");

    private static final String CONSOLE = "console";

    /**
     * Looks at the host's nodes that a request names, and at all of them for a privileged one. Of
     * two nodes for one path, the one that is named first is made.
     */
    static Devices of(ContainerConfig config) throws IOException, RequestException {
        var nodes = new LinkedHashMap<String, DeviceNode>();
        for (var device : config.getDevicesList()) {
            add(device, nodes);
        }
        if (config.getLinux().getSecurityContext().getPrivileged()) {
            var host = new LinkedHashMap<String, DeviceNode>();
            addAll(DEV, DEV, host);
            STANDARD.forEach(host::remove);
            host.forEach(nodes::putIfAbsent);
            return new Devices(List.copyOf(nodes.values()), DevicePolicy.ALL);
        }
        var rules = rules(config);
        return new Devices(
                List.copyOf(nodes.values()),
                rules.isEmpty() ? DevicePolicy.DEFAULT : DevicePolicy.DEFAULT.with(rules));
    }

    /** Refuses a device that is not there, before the container is created. */
    static void check(ContainerConfig config) throws IOException, RequestException {
        for (var device : config.getDevicesList()) {
            add(device, new LinkedHashMap<>());
        }
    }

    private static List<DevicePolicy.Rule> rules(ContainerConfig config)
            throws IOException, RequestException {
        var rules = new ArrayList<DevicePolicy.Rule>();
        for (var device : config.getDevicesList()) {
            var found = new LinkedHashMap<String, DeviceNode>();
            add(device, found);
            var access = DevicePolicy.Access.parse(device.getPermissions());
            for (var node : found.values()) {
                rules.add(
                        new DevicePolicy.Rule(
                                node.type() == DeviceNode.Type.BLOCK
                                        ? DevicePolicy.Type.BLOCK
                                        : DevicePolicy.Type.CHARACTER,
                                OptionalInt.of(node.device().major()),
                                OptionalInt.of(node.device().minor()),
                                access));
            }
        }
        return rules;
    }

    private static void add(Device device, Map<String, DeviceNode> nodes)
            throws IOException, RequestException {
        var source = Path.of(device.getHostPath());
        if (!Files.exists(source)) {
            throw invalid("device %s does not exist", source);
        }
        var target = Path.of(device.getContainerPath()).normalize();
        var status = FileStatus.of(source);
        if (isDevice(status)) {
            nodes.putIfAbsent(target.toString(), node(target.toString(), status));
        } else if (status.type() == FileType.DIRECTORY) {
            addAll(source, target, nodes);
        } else {
            throw invalid("%s is not a device, and no directory of devices", source);
        }
    }

    /**
     * Adds the nodes below a directory. Links are not followed: what they lead to is found itself.
     */
    private static void addAll(Path directory, Path target, Map<String, DeviceNode> nodes)
            throws IOException {
        try (var entries = Files.newDirectoryStream(directory)) {
            for (var entry : entries) {
                addEntry(entry, target.resolve(entry.getFileName()), nodes);
            }
        } catch (NoSuchFileException | NotDirectoryException gone) {
            // a device that was unplugged a moment ago
        }
    }

    private static void addEntry(Path entry, Path target, Map<String, DeviceNode> nodes)
            throws IOException {
        var name = String.valueOf(entry.getFileName());
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
            if (!PASSED_OVER.contains(name)) {
                addAll(entry, target, nodes);
            }
        } else if (!Files.isSymbolicLink(entry) && !name.equals(CONSOLE)) {
            try {
                var status = FileStatus.of(entry);
                if (isDevice(status)) {
                    nodes.putIfAbsent(target.toString(), node(target.toString(), status));
                }
            } catch (SyscallException gone) {
                if (!gone.is(Errno.ENOENT)) {
                    throw gone;
                }
            }
        }
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
