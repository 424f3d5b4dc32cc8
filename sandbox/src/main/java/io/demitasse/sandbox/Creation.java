package io.demitasse.sandbox;

import io.demitasse.linux.mount.FilesystemContext;
import io.demitasse.linux.mount.MountAttribute;
import io.demitasse.linux.mount.Mounts;
import io.demitasse.linux.namespace.NamespacePin;
import io.demitasse.linux.namespace.NamespaceThread;
import io.demitasse.linux.namespace.NamespaceType;
import io.demitasse.linux.namespace.NewNamespaces;
import io.demitasse.linux.netlink.RouteRequest;
import io.demitasse.linux.netlink.RouteSocket;
import io.demitasse.sandbox.network.Network;
import io.demitasse.sandbox.network.PodNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * One sandbox being made.
 *
 * <pre>
 *   caller            directory ─┬─ resolv.conf, hostname, shm ─┬─ hosts ─▶
 *   namespace thread             └─ unshare, pins, network, ────┘
 *                                   sysctls
 * </pre>
 */
final class Creation {
    // The kernel gives a new network namespace its loopback first: LOOPBACK_IFINDEX
    private static final int LOOPBACK = 1;
    private static final Set<MountAttribute> SHM_ATTRIBUTES =
            Set.of(MountAttribute.NOSUID, MountAttribute.NODEV, MountAttribute.NOEXEC);

    private final SandboxSpec spec;
    private final SandboxPaths paths;
    private final Network network;
    private final PodFiles files;

    Creation(SandboxSpec spec, SandboxPaths paths, Network network) {
        this.spec = spec;
        this.paths = paths;
        this.network = network;
        files = new PodFiles(paths, spec);
    }

    Sandbox run(Rollback rollback) throws IOException {
        var id = spec.id();
        Files.createDirectory(paths.sandbox(id));
        rollback.push(() -> SandboxDirectory.remove(paths, id));

        var types = types();
        if (types.isEmpty()) {
            prepare(rollback);
            files.copyHosts();
            return new Sandbox(id, paths, Optional.empty());
        }
        Files.createDirectory(paths.namespaces(id));
        var inside = NamespaceThread.start("sandbox-" + id.substring(0, 12), types, this::furnish);
        rollback.push(() -> release(types, inside));
        prepare(rollback);
        var address = inside.await();
        if (types.contains(NamespaceType.NET)) {
            files.writeHosts(address);
        } else {
            files.copyHosts();
        }
        return new Sandbox(id, paths, address);
    }

    private Set<NamespaceType> types() {
        var types = EnumSet.noneOf(NamespaceType.class);
        if (spec.network() == NetworkMode.POD) {
            types.add(NamespaceType.NET);
            types.add(NamespaceType.UTS);
        }
        if (spec.ipc() == IpcMode.POD) {
            types.add(NamespaceType.IPC);
        }
        return types;
    }

    /** What needs no namespace, and so is done while the kernel makes them. */
    private void prepare(Rollback rollback) throws IOException {
        files.write();
        if (spec.ipc() == IpcMode.NODE) {
            return;
        }
        var shm = paths.shm(spec.id());
        Files.createDirectory(shm);
        try (var tmpfs = new FilesystemContext("tmpfs")) {
            tmpfs.set("size", Long.toString(spec.shmBytes())).set("mode", "1777");
            try (var mount = tmpfs.mount(SHM_ATTRIBUTES)) {
                mount.attach(shm);
            }
        }
        rollback.push(() -> Mounts.unmountLazily(shm));
    }

    /** Runs on the namespace thread. */
    private Optional<InetAddress> furnish(NewNamespaces inside) throws IOException {
        for (var type : types()) {
            inside.pin(type, paths.namespace(spec.id(), type));
        }
        Optional<InetAddress> address = Optional.empty();
        if (spec.network() == NetworkMode.POD) {
            inside.setHostname(spec.hostname());
            address = Optional.of(connect(inside));
        }
        // Last, as other runtimes do: a parameter may be one of the link that has just been made.
        for (var sysctl : spec.sysctls().entrySet()) {
            set(Sysctl.parse(sysctl.getKey()), sysctl.getValue());
        }
        return address;
    }

    private InetAddress connect(NewNamespaces inside) throws IOException {
        var id = spec.id();
        try (var netns = inside.open(NamespaceType.NET);
                var links = RouteSocket.open()) {
            links.request(new RouteRequest.SetUp(LOOPBACK));
            return network.attach(
                    new PodNamespace(id, netns, paths.namespace(id, NamespaceType.NET), links));
        }
    }

    private static void set(Sysctl sysctl, String value) throws IOException {
        try {
            // no CREATE: procfs would call an unknown parameter a lack of permission
            Files.writeString(sysctl.file(), value, StandardOpenOption.WRITE);
        } catch (IOException refused) {
            throw new IOException(
                    "cannot set sysctl " + sysctl.name() + " to \"" + value + "\"", refused);
        }
    }

    /** Undoes {@link #furnish}, wherever it ended; first it has to end. */
    private void release(Set<NamespaceType> types, NamespaceThread<?> inside) throws IOException {
        try {
            inside.await();
        } catch (IOException failed) {
            // The reason for being here, already on its way to the caller.
        }
        var failures = new Failures();
        for (var type : types) {
            failures.attempt(() -> NamespacePin.remove(paths.namespace(spec.id(), type)));
        }
        failures.attempt(() -> network.release(spec.id()));
        failures.rethrow();
    }
}
