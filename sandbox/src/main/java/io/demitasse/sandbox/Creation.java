package io.demitasse.sandbox;

import io.demitasse.linux.Fd;
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
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * One sandbox being made, in two steps: what every pod of its shape has, and what the request says.
 *
 * <p>The namespace thread waits between the two, so that the second step enters nothing. Doing
 * files and namespaces at once, on two threads, was measured and is slower: both want the kernel's
 * lock around mounts, and waking a second processor costs what it saves.
 */
final class Creation {
    // The kernel gives a new network namespace its loopback first: LOOPBACK_IFINDEX
    private static final int LOOPBACK = 1;
    private static final int THREAD_NAME_DIGITS = 12;

    private final String id;
    private final Shape shape;
    private final SandboxPaths paths;
    private final Network network;
    private final Unprivileged unprivileged;
    private final CompletableFuture<Optional<InetAddress>> connected = new CompletableFuture<>();
    private final CompletableFuture<SandboxSpec> specification = new CompletableFuture<>();

    /** What has to be known of a pod before anything of it can be made. */
    record Shape(NetworkMode network, IpcMode ipc, long shmBytes, Optional<Owner> owner) {
        static Shape of(SandboxSpec spec) {
            return new Shape(spec.network(), spec.ipc(), spec.shmBytes(), spec.owner());
        }

        private Set<NamespaceType> types() {
            var types = EnumSet.noneOf(NamespaceType.class);
            if (network == NetworkMode.POD) {
                types.add(NamespaceType.NET);
                types.add(NamespaceType.UTS);
            }
            if (ipc == IpcMode.POD) {
                types.add(NamespaceType.IPC);
            }
            return types;
        }
    }

    Creation(
            String id,
            Shape shape,
            SandboxPaths paths,
            Network network,
            Unprivileged unprivileged) {
        this.id = id;
        this.shape = shape;
        this.paths = paths;
        this.network = network;
        this.unprivileged = unprivileged;
    }

    String id() {
        return id;
    }

    Shape shape() {
        return shape;
    }

    /** The first step: directory, namespaces, network. When this throws, nothing is left. */
    Begun begin() throws IOException {
        if (shape.network() == NetworkMode.POD) {
            network.prepare();
        }
        try (var rollback = new Rollback()) {
            var directory = new SandboxDirectory(paths, id);
            directory.create();
            rollback.push(directory::remove);
            directory.mount(shape.shmBytes());
            rollback.push(directory::unmount);
            if (shape.ipc() == IpcMode.POD) {
                directory.makeShm();
            }
            if (shape.owner().isPresent()) {
                directory.giveShm(shape.owner().get().ids());
                directory.makePlaceForLayers();
            }
            Optional<NamespaceThread<Optional<InetAddress>>> thread = Optional.empty();
            if (!shape.types().isEmpty()) {
                directory.makePlaceForPins();
                rollback.push(() -> network.release(id));
                thread = Optional.of(startThread());
            }
            rollback.commit();
            return new Begun(thread);
        }
    }

    /** A sandbox after its first step. */
    final class Begun {
        private final Optional<NamespaceThread<Optional<InetAddress>>> thread;

        private Begun(Optional<NamespaceThread<Optional<InetAddress>>> thread) {
            this.thread = thread;
        }

        String id() {
            return id;
        }

        Shape shape() {
            return shape;
        }

        /** The second step: names, files, parameters. When this throws, the first is left. */
        Sandbox finish(SandboxSpec spec) throws IOException {
            specification.complete(spec);
            var files = new PodFiles(paths, spec);
            files.write();
            Optional<InetAddress> address = Optional.empty();
            if (thread.isPresent()) {
                address = thread.get().await();
            }
            // On this thread: the ports are the node's.
            network.publish(id, spec.ports());
            files.writeHosts(address);
            return new Sandbox(id, paths, address);
        }

        /** Ends the thread of a sandbox that nobody wants; its directory and lease are left. */
        void abandon() {
            specification.cancel(false);
        }
    }

    /** Returns when the thread has connected the pod and waits for the rest. */
    private NamespaceThread<Optional<InetAddress>> startThread() throws IOException {
        var name = "sandbox-" + id.substring(0, THREAD_NAME_DIGITS);
        var owned = new EnumMap<NamespaceType, Fd>(NamespaceType.class);
        try {
            var thread = startThread(name, owned);
            // The kernel may refuse the namespaces: then nobody ever connects.
            thread.relayFailure(connected);
            try {
                connected.join();
            } catch (CompletionException failed) {
                var impossible = thread.await();
                throw new AssertionError(impossible + " after a failure", failed);
            }
            return thread;
        } finally {
            owned.values().forEach(Fd::close);
        }
    }

    private NamespaceThread<Optional<InetAddress>> startThread(
            String name, Map<NamespaceType, Fd> owned) throws IOException {
        if (shape.owner().isEmpty()) {
            return NamespaceThread.start(name, shape.types(), this::furnish);
        }
        int pid = shape.owner().get().pid();
        NamespacePin.create(pid, NamespaceType.USER, paths.namespace(id, NamespaceType.USER));
        for (var type : shape.types()) {
            var pin = paths.namespace(id, type);
            NamespacePin.create(pid, type, pin);
            owned.put(type, NamespacePin.open(type, pin).orElseThrow());
        }
        return NamespaceThread.join(name, owned, this::furnish);
    }

    /** Runs on the namespace thread. */
    private Optional<InetAddress> furnish(NewNamespaces inside) throws IOException {
        try {
            connected.complete(pinAndConnect(inside));
        } catch (IOException | RuntimeException failure) {
            connected.completeExceptionally(failure);
            throw failure;
        }
        var spec = specification.join();
        if (shape.network() == NetworkMode.POD) {
            inside.setHostname(spec.hostname());
        }
        // Last, as other runtimes do: a parameter may be one of the link that has been made.
        for (var sysctl : spec.sysctls().entrySet()) {
            set(inside, Sysctl.parse(sysctl.getKey()), sysctl.getValue());
        }
        return connected.join();
    }

    private Optional<InetAddress> pinAndConnect(NewNamespaces inside) throws IOException {
        if (shape.owner().isEmpty()) {
            for (var type : shape.types()) {
                inside.pin(type, paths.namespace(id, type));
            }
        }
        if (shape.network() != NetworkMode.POD) {
            return Optional.empty();
        }
        var open = unprivileged.sysctls(shape.owner().isPresent());
        for (var sysctl : open.entrySet()) {
            set(inside, sysctl.getKey(), sysctl.getValue());
        }
        return Optional.of(connect(inside));
    }

    private InetAddress connect(NewNamespaces inside) throws IOException {
        try (var netns = inside.open(NamespaceType.NET);
                var links = RouteSocket.open()) {
            links.request(new RouteRequest.SetUp(LOOPBACK));
            return network.attach(
                    new PodNamespace(id, netns, paths.namespace(id, NamespaceType.NET), links));
        }
    }

    private void set(NewNamespaces inside, Sysctl sysctl, String value) throws IOException {
        try {
            write(inside, sysctl, value);
        } catch (IOException refused) {
            throw new IOException(
                    "cannot set sysctl " + sysctl.name() + " to \"" + value + "\"", refused);
        }
    }

    private void write(NewNamespaces inside, Sysctl sysctl, String value) throws IOException {
        try {
            write(sysctl, value);
        } catch (AccessDeniedException refused) {
            // newer kernels give those of an IPC namespace to the root of its user namespace alone
            if (shape.owner().isEmpty() || sysctl.owner() != Sysctl.Owner.IPC) {
                throw refused;
            }
            inside.asUser(shape.owner().get().ids().uid(0), () -> write(sysctl, value));
        }
    }

    /** No CREATE: procfs would call an unknown parameter a lack of permission. */
    private static Path write(Sysctl sysctl, String value) throws IOException {
        return Files.writeString(sysctl.file(), value, StandardOpenOption.WRITE);
    }
}
