package io.demitasse.shim.container;

import static io.demitasse.shim.plan.MountFlag.NODEV;
import static io.demitasse.shim.plan.MountFlag.NOEXEC;
import static io.demitasse.shim.plan.MountFlag.NOSUID;
import static io.demitasse.shim.plan.MountFlag.RDONLY;
import static io.demitasse.shim.plan.MountFlag.STRICTATIME;

import io.demitasse.linux.Fd;
import io.demitasse.shim.plan.FilesystemOperation.AttachMount;
import io.demitasse.shim.plan.FilesystemOperation.MakeDirectory;
import io.demitasse.shim.plan.FilesystemOperation.MakeNode;
import io.demitasse.shim.plan.FilesystemOperation.MakeReadOnly;
import io.demitasse.shim.plan.FilesystemOperation.MakeRootReadOnly;
import io.demitasse.shim.plan.FilesystemOperation.MakeSymlink;
import io.demitasse.shim.plan.FilesystemOperation.MaskPath;
import io.demitasse.shim.plan.FilesystemOperation.MountFilesystem;
import io.demitasse.shim.plan.FilesystemOperation.Pivot;
import io.demitasse.shim.plan.LaunchPlan;
import io.demitasse.shim.plan.Monitor;
import io.demitasse.shim.plan.MountFlag;
import io.demitasse.shim.plan.NamespaceKind;
import io.demitasse.shim.plan.Operation;
import io.demitasse.shim.plan.PrivilegeOperation.SetFilesystemIds;
import io.demitasse.shim.plan.ProcessOperation.AdjustOomScore;
import io.demitasse.shim.plan.ProcessOperation.CloneProcess;
import io.demitasse.shim.plan.ProcessOperation.JoinSessionKeyring;
import io.demitasse.shim.plan.ProcessOperation.OpenTerminal;
import io.demitasse.shim.plan.ProcessOperation.SetNamespace;
import io.demitasse.shim.plan.ProcessOperation.StartSession;
import io.demitasse.shim.plan.ProcessOperation.Unshare;
import io.demitasse.shim.plan.StandardStreams;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Compiles a container into the plan that starts it: the standard layout, then its own wishes. */
public final class ContainerPlan {
    private static final String CGROUPS = "/sys/fs/cgroup";
    private static final String DEV = "/dev/";
    private static final String SHM = "/dev/shm";
    private static final int DIRECTORY_MODE = 0755;
    private static final int STICKY_MODE = 01777;
    private static final int TTY_GROUP = 5;

    /** The nodes that every container has, by the runtime specification. */
    private static final List<DeviceNode> NODES =
            List.of(
                    DeviceNode.character("/dev/null", 1, 3),
                    DeviceNode.character("/dev/zero", 1, 5),
                    DeviceNode.character("/dev/full", 1, 7),
                    DeviceNode.character("/dev/random", 1, 8),
                    DeviceNode.character("/dev/urandom", 1, 9),
                    DeviceNode.character("/dev/tty", 5, 0));

    private static final List<MakeSymlink> LINKS =
            List.of(
                    new MakeSymlink("fd", "/proc/self/fd"),
                    new MakeSymlink("stdin", "/proc/self/fd/0"),
                    new MakeSymlink("stdout", "/proc/self/fd/1"),
                    new MakeSymlink("stderr", "/proc/self/fd/2"),
                    new MakeSymlink("ptmx", "pts/ptmx"),
                    new MakeSymlink("core", "/proc/kcore"));

    private final ContainerSpec spec;
    private final List<Operation> operations = new ArrayList<>();

    private ContainerPlan(ContainerSpec spec) {
        this.spec = spec;
    }

    /** {@return the plan that starts this container} */
    public static LaunchPlan of(ContainerSpec spec) {
        var plan = new ContainerPlan(spec);
        plan.namespaces();
        plan.kernelFilesystems();
        plan.devices();
        plan.mounts();
        plan.restrictions();
        plan.operations.addAll(ProcessOperations.of(spec.process(), plan.userNamespace()));
        return new LaunchPlan(
                new Monitor.Container(spec.directory(), spec.log()),
                plan.streams(),
                plan.operations);
    }

    private StandardStreams streams() {
        return spec.attachableInput() ? StandardStreams.attachable() : StandardStreams.logged();
    }

    private void namespaces() {
        var fresh = EnumSet.of(NamespaceKind.MOUNT);
        switch (spec.namespaces().pid()) {
            case PidNamespace.Own() -> fresh.add(NamespaceKind.PID);
            // A pid namespace is joined by children: it is the shim that has to change first.
            case PidNamespace.Shared(var target) -> add(join(target, NamespaceKind.PID));
            case PidNamespace.Host() -> {}
        }
        add(new CloneProcess(fresh, Optional.of(spec.cgroup())));
        if (!spec.privileged()) {
            add(new Unshare(Set.of(NamespaceKind.CGROUP)));
        }
        var joined = spec.namespaces();
        joined.net().ifPresent(net -> add(join(net, NamespaceKind.NETWORK)));
        joined.ipc().ifPresent(ipc -> add(join(ipc, NamespaceKind.IPC)));
        joined.uts().ifPresent(uts -> add(join(uts, NamespaceKind.UTS)));
        add(new StartSession());
        add(new JoinSessionKeyring());
        add(new Pivot(spec.rootfs()));
        spec.process().ids().ifPresent(ids -> add(new SetFilesystemIds(ids.uid(0), ids.gid(0))));
    }

    /**
     * The user namespace is entered last, with everything built by a root of the node: which may
     * make device nodes, and mount a procfs where none is to be seen yet. Only then the mounts are
     * copied into a namespace that it owns, where none can be taken off that was made outside.
     */
    private List<Operation> userNamespace() {
        var entered = new ArrayList<Operation>();
        for (var user : spec.namespaces().user().stream().toList()) {
            entered.add(join(user, NamespaceKind.USER));
            entered.add(
                    new Unshare(
                            spec.privileged()
                                    ? Set.of(NamespaceKind.MOUNT)
                                    : EnumSet.of(NamespaceKind.MOUNT, NamespaceKind.CGROUP)));
        }
        return entered;
    }

    static SetNamespace join(Fd target, NamespaceKind kind) {
        return new SetNamespace(target, Set.of(kind));
    }

    /**
     * The options of cgroup2 are those of the hierarchy, and whoever mounts it from the node's
     * cgroup namespace sets them for all: there, what is mounted already is shown once more.
     */
    private void kernelFilesystems() {
        var writable = Set.of(NOSUID, NODEV, NOEXEC);
        var kernel = spec.privileged() ? writable : Set.of(RDONLY, NOSUID, NODEV, NOEXEC);
        add(new MountFilesystem("proc", "/proc", Map.of(), writable, true));
        var score = spec.process().oomScore();
        add(new AdjustOomScore(score.value(), score.required()));
        add(new MountFilesystem("sysfs", "/sys", Map.of(), kernel, true));
        spec.nodeCgroups()
                .<Operation>map(mount -> new AttachMount(mount, CGROUPS, false))
                .ifPresentOrElse(
                        this::add,
                        () -> add(new MountFilesystem("cgroup2", CGROUPS, Map.of(), kernel, true)));
    }

    private void devices() {
        var size = new LinkedHashMap<String, String>();
        size.put("mode", "755");
        size.put("size", "65536k");
        add(new MountFilesystem("tmpfs", "/dev", size, Set.of(NOSUID, STRICTATIME), false));
        for (var name : List.of("pts", "mqueue")) {
            add(new MakeDirectory(name, DIRECTORY_MODE));
        }
        add(new MakeDirectory("shm", STICKY_MODE));
        nodes();
        var options = new LinkedHashMap<String, String>();
        options.put("newinstance", "");
        options.put("ptmxmode", "0666");
        options.put("mode", "0620");
        int group = gid(TTY_GROUP);
        if (group >= 0) { // an id of the upper half is refused by older kernels, 6.12 among them
            options.put("gid", Integer.toString(group));
        }
        add(new MountFilesystem("devpts", "/dev/pts", options, Set.of(NOSUID, NOEXEC), false));
        add(
                new MountFilesystem(
                        "mqueue", "/dev/mqueue", Map.of(), Set.of(NOSUID, NODEV, NOEXEC), false));
        if (spec.mounts().stream().noneMatch(mount -> mount.target().equals(SHM))) {
            sharedMemory();
        }
    }

    /** A device that the request names takes the place of the standard node or link there. */
    private void nodes() {
        var named = spec.devices().stream().map(DeviceNode::path).collect(Collectors.toSet());
        NODES.stream().filter(node -> !named.contains(node.path())).forEach(this::node);
        operations.addAll(ProcessOperations.nulls(streams(), spec.process()));
        var parents = new HashSet<>(Set.of("pts", "mqueue", "shm"));
        for (var device : spec.devices()) {
            if (device.path().startsWith(DEV)) {
                makeParents(device.path().substring(DEV.length()), parents);
            }
            node(device);
        }
        LINKS.stream().filter(link -> !named.contains(DEV + link.name())).forEach(this::add);
    }

    private void sharedMemory() {
        var options = new LinkedHashMap<String, String>();
        options.put("mode", "1777");
        options.put("size", "65536k");
        add(new MountFilesystem("tmpfs", SHM, options, Set.of(NOSUID, NODEV, NOEXEC), false));
    }

    private void makeParents(String name, Set<String> made) {
        for (int slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
            if (made.add(name.substring(0, slash))) {
                add(new MakeDirectory(name.substring(0, slash), DIRECTORY_MODE));
            }
        }
    }

    /** What root makes is root's already, on the node's side of a user namespace, too. */
    private void node(DeviceNode node) {
        boolean root = node.uid() == 0 && node.gid() == 0;
        add(
                new MakeNode(
                        node.path().startsWith(DEV)
                                ? node.path().substring(DEV.length())
                                : node.path(),
                        node.type().bits() | node.mode(),
                        node.device(),
                        root ? 0 : uid(node.uid()),
                        root ? 0 : gid(node.gid())));
    }

    /**
     * {@return what a user of the container is on the node; one that it does not have is nobody}
     */
    private int uid(int inside) {
        return spec.process()
                .ids()
                .map(ids -> ids.users().contains(inside) ? ids.uid(inside) : inside)
                .orElse(inside);
    }

    private int gid(int inside) {
        return spec.process()
                .ids()
                .map(ids -> ids.groups().contains(inside) ? ids.gid(inside) : inside)
                .orElse(inside);
    }

    private void mounts() {
        spec.mounts().stream()
                .sorted(Comparator.comparingInt(ContainerPlan::depth))
                .forEach(mount -> {
                    switch (mount) {
                        case ContainerMount.Attach(var fd, var target, var file) ->
                                add(new AttachMount(fd, target, file));
                        case ContainerMount.Filesystem(
                                        var type,
                                        var target,
                                        var options,
                                        var flags) ->
                                add(filesystem(type, target, options, flags));
                    }
                });
    }

    private static MountFilesystem filesystem(
            String type, String target, Map<String, String> options, Set<MountFlag> flags) {
        return new MountFilesystem(type, target, options, flags, false);
    }

    private static int depth(ContainerMount mount) {
        return (int)
                List.of(mount.target().split("/")).stream().filter(part -> !part.isEmpty()).count();
    }

    private void restrictions() {
        spec.process()
                .terminal()
                .ifPresent(terminal ->
                        add(
                                new OpenTerminal(
                                        terminal.rows(),
                                        terminal.columns(),
                                        uid(spec.process().credentials().uid()),
                                        true)));
        spec.maskedPaths().forEach(path -> add(new MaskPath(path)));
        spec.readOnlyPaths().forEach(path -> add(new MakeReadOnly(path)));
        if (spec.readOnlyRoot()) {
            add(new MakeRootReadOnly());
        }
    }

    private void add(Operation operation) {
        operations.add(operation);
    }
}
