package io.demitasse.sandbox;

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
 * One sandbox being made: its directory and files, then its namespaces and what is in them.
 *
 * <p>Doing both at once, on the caller's thread and the namespaces', was measured and is slower:
 * both want the kernel's lock around mounts, and waking a second processor costs what it saves.
 */
final class Creation {
    // The kernel gives a new network namespace its loopback first: LOOPBACK_IFINDEX
    private static final int LOOPBACK = 1;
    private static final int THREAD_NAME_DIGITS = 12;

    private final SandboxSpec spec;
    private final SandboxPaths paths;
    private final Network network;

    Creation(SandboxSpec spec, SandboxPaths paths, Network network) {
        this.spec = spec;
        this.paths = paths;
        this.network = network;
    }

    Sandbox run(Rollback rollback) throws IOException {
        var id = spec.id();
        var directory = new SandboxDirectory(paths, id);
        directory.create();
        rollback.push(directory::remove);
        directory.mount(spec.shmBytes());
        rollback.push(directory::unmount);
        if (spec.ipc() == IpcMode.POD) {
            directory.makeShm();
        }
        var files = new PodFiles(paths, spec);
        files.write();

        Optional<InetAddress> address = Optional.empty();
        var types = types();
        if (!types.isEmpty()) {
            directory.makePlaceForPins();
            rollback.push(() -> network.release(id));
            var name = "sandbox-" + id.substring(0, THREAD_NAME_DIGITS);
            address = NamespaceThread.start(name, types, this::furnish).await();
        }
        files.writeHosts(address);
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
}
