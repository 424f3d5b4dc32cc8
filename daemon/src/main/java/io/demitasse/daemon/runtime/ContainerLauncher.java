package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.cgroup.CgroupHierarchy;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.mount.DetachedMount;
import io.demitasse.linux.mount.MountAttribute;
import io.demitasse.linux.mount.Propagation;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.linux.security.DevicePrograms;
import io.demitasse.sandbox.Sandbox;
import io.demitasse.sandbox.Sandboxes;
import io.demitasse.shim.container.ContainerPlan;
import io.demitasse.shim.container.ContainerSpec;
import io.demitasse.shim.container.Namespaces;
import io.demitasse.shim.container.PidNamespace;
import io.demitasse.shim.launch.Launched;
import io.demitasse.shim.launch.Spawner;
import io.demitasse.storage.overlay.MappedLayers;
import io.demitasse.storage.overlay.Snapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Gives a container its process: cgroup, devices, root, mounts, plan, and one message to the
 * spawner.
 *
 * <p>This is the hot path. Nothing here forks, compiles, parses, syncs or waits for another
 * container.
 */
public final class ContainerLauncher {
    private static final Set<MountAttribute> ATTRIBUTES =
            EnumSet.of(MountAttribute.NOSUID, MountAttribute.NODEV, MountAttribute.NOEXEC);

    private final Spawner spawner;
    private final Sandboxes sandboxes;
    private final Snapshots snapshots;
    private final Cgroups cgroups;
    private final CgroupPlacement placement;
    private final ContainerPaths paths;
    private final InfraInit infra;
    private final ProcessSpecs processes;
    private final DevicePrograms programs = new DevicePrograms();

    /** Launches with these. */
    public ContainerLauncher(
            Spawner spawner,
            Sandboxes sandboxes,
            Snapshots snapshots,
            Cgroups cgroups,
            CgroupPlacement placement,
            ContainerPaths paths,
            InfraInit infra,
            ProcessSpecs processes) {
        this.spawner = spawner;
        this.sandboxes = sandboxes;
        this.snapshots = snapshots;
        this.cgroups = cgroups;
        this.placement = placement;
        this.paths = paths;
        this.infra = infra;
        this.processes = processes;
    }

    /**
     * Starts the process and returns when it has executed its program. Failures leave the cgroup.
     */
    Launched launch(Container container) throws IOException, RequestException {
        var config = container.record().getConfig();
        var sandbox = sandbox(container);
        var devices = Devices.of(config);
        Files.createDirectories(paths.directory(container.id()));
        try (var cgroup =
                        cgroups.create(
                                placement.container(container.pod().record(), container.id()),
                                config.getLinux().getResources());
                var directory = DirectoryFd.open(paths.directory(container.id()));
                var log = ContainerLog.open(container);
                var volumes = Volumes.open(container, sandbox, snapshots);
                var namespaces = PodNamespaces.open(container.pod().record(), sandbox);
                var pid = SharedPid.of(this, container, sandbox);
                var cgroups = NodeCgroups.of(container, placement);
                var rootfs = rootfs(container, sandbox)) {
            programs.attach(devices.policy(), cgroup.directory());
            var security = config.getLinux().getSecurityContext();
            return spawner.launch(
                    ContainerPlan.of(
                            new ContainerSpec(
                                    rootfs.fd(),
                                    security.getReadonlyRootfs(),
                                    cgroup.directory(),
                                    directory.fd(),
                                    log.fd(),
                                    namespaces(container, namespaces, pid),
                                    cgroups.fd(),
                                    volumes.mounts(),
                                    devices.nodes(),
                                    SecurityChoices.maskedPaths(container),
                                    SecurityChoices.readonlyPaths(container),
                                    config.getStdin(),
                                    processes.init(container))));
        }
    }

    private DetachedMount rootfs(Container container, Sandbox sandbox) throws IOException {
        var ids = UserIds.of(container.pod().record().getConfig());
        return ids.isPresent()
                ? snapshots.mount(
                        container.id(), new MappedLayers(sandbox.mappedLayers(), ids.get()))
                : snapshots.mount(container.id());
    }

    /** The node's own mount of cgroup2, for a container without a cgroup namespace. */
    private record NodeCgroups(Optional<DetachedMount> mount) implements AutoCloseable {
        static NodeCgroups of(Container container, CgroupPlacement placement)
                throws SyscallException {
            var security = container.record().getConfig().getLinux().getSecurityContext();
            if (!security.getPrivileged()) {
                return new NodeCgroups(Optional.empty());
            }
            var mounted = CgroupHierarchy.of(placement.root()).root();
            var mount = DetachedMount.cloneTree(mounted, false);
            try {
                mount.with(Propagation.PRIVATE, false).with(ATTRIBUTES, false);
            } catch (SyscallException refused) {
                mount.close();
                throw refused;
            }
            return new NodeCgroups(Optional.of(mount));
        }

        Optional<Fd> fd() {
            return mount.map(DetachedMount::fd);
        }

        @Override
        public void close() {
            mount.ifPresent(DetachedMount::close);
        }
    }

    private Sandbox sandbox(Container container) throws RequestException {
        var pod = container.pod();
        return sandboxes
                .open(pod.id())
                .orElseThrow(() -> RequestException.state("pod sandbox %s has no files", pod.id()));
    }

    private static Namespaces namespaces(Container container, PodNamespaces pod, SharedPid pid) {
        if (pid.init().isPresent()) {
            return pod.with(new PidNamespace.Shared(pid.init().get().fd()));
        }
        return pidMode(container) == NamespaceMode.NODE
                ? pod.with(new PidNamespace.Host())
                : pod.with(new PidNamespace.Own());
    }

    /** What "the pod's" PID namespace is depends on the pod: on a NODE pod it is the node's. */
    private static NamespaceMode pidMode(Container container) {
        var own = container.record().getConfig().getLinux().getSecurityContext();
        var pods = container.pod().record().getConfig().getLinux().getSecurityContext();
        var mode = own.getNamespaceOptions().getPid();
        return mode == NamespaceMode.POD
                        && pods.getNamespaceOptions().getPid() == NamespaceMode.NODE
                ? NamespaceMode.NODE
                : mode;
    }

    /** The pidfd of the pod's init, for containers that share its PID namespace. */
    private record SharedPid(Optional<Pidfd> init) implements AutoCloseable {
        static SharedPid of(ContainerLauncher launcher, Container container, Sandbox sandbox)
                throws IOException, RequestException {
            return pidMode(container) == NamespaceMode.POD
                    ? new SharedPid(
                            Optional.of(launcher.infra.open(container.pod().record(), sandbox)))
                    : new SharedPid(Optional.empty());
        }

        @Override
        public void close() {
            init.ifPresent(Pidfd::close);
        }
    }
}
