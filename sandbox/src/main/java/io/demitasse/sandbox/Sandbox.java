package io.demitasse.sandbox;

import io.demitasse.linux.Fd;
import io.demitasse.linux.namespace.NamespacePin;
import io.demitasse.linux.namespace.NamespaceType;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A pod as the state directory shows it: an immutable handle, good until the sandbox is stopped.
 *
 * @param inetAddress the pod's address in its network; none with the node's network
 */
public record Sandbox(String id, SandboxPaths paths, Optional<InetAddress> inetAddress) {
    private static final Path SHM_OF_NODE = Path.of("/dev/shm");

    /**
     * Opens the pod's network namespace; the caller closes it. None with the node's network.
     *
     * @throws IOException if the namespace is not pinned any more, or something else took its place
     */
    public Optional<Fd> netns() throws IOException {
        return namespace(NamespaceType.NET);
    }

    /** Opens the pod's IPC namespace; the caller closes it. None with the node's IPC. */
    public Optional<Fd> ipcns() throws IOException {
        return namespace(NamespaceType.IPC);
    }

    /** Opens the pod's UTS namespace; the caller closes it. None with the node's network. */
    public Optional<Fd> utsns() throws IOException {
        return namespace(NamespaceType.UTS);
    }

    /** Opens the user namespace that owns the others; the caller closes it. Often there is none. */
    public Optional<Fd> userns() throws IOException {
        return namespace(NamespaceType.USER);
    }

    /** {@return where the layers of images can be mounted with the ids of its user namespace} */
    public Path mappedLayers() {
        return paths.mappedLayers(id);
    }

    /** {@return where the network namespace is pinned, for tools and messages} */
    public Optional<Path> netnsPath() {
        return Optional.of(paths.namespace(id, NamespaceType.NET)).filter(Files::exists);
    }

    /** {@return the pod's address as text; none with the node's network} */
    public Optional<String> address() {
        return inetAddress.map(InetAddress::getHostAddress);
    }

    /** {@return the file to show as {@code /etc/resolv.conf}} */
    public Path resolvConf() {
        return paths.resolvConf(id);
    }

    /** {@return the file to show as {@code /etc/hosts} where the kubelet supplies none} */
    public Path hosts() {
        return paths.hosts(id);
    }

    /** {@return the file to show as {@code /etc/hostname}} */
    public Path hostname() {
        return paths.hostname(id);
    }

    /**
     * {@return the directory to show as {@code /dev/shm}: the pod's, or the node's with its IPC}
     */
    public Path shm() {
        var own = paths.shm(id);
        return Files.exists(own) ? own : SHM_OF_NODE;
    }

    private Optional<Fd> namespace(NamespaceType type) throws IOException {
        return NamespacePin.open(type, paths.namespace(id, type));
    }
}
