package io.demitasse.sandbox;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** The files of a pod that its containers find in /etc. */
final class PodFiles {
    private static final Path RESOLV_CONF_OF_NODE = Path.of("/etc/resolv.conf");
    private static final Path HOSTS_OF_NODE = Path.of("/etc/hosts");
    private static final Path HOSTNAME_OF_NODE = Path.of("/proc/sys/kernel/hostname");
    private static final int MODE = 0644;
    private static final String LOOPBACK =
            """
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            """;

    private final SandboxPaths paths;
    private final SandboxSpec spec;

    PodFiles(SandboxPaths paths, SandboxSpec spec) {
        this.paths = paths;
        this.spec = spec;
    }

    /** Writes what is known before the pod has an address. */
    void write() throws IOException {
        var dns = spec.dns();
        write(
                paths.resolvConf(spec.id()),
                dns.isOfNode() ? ofNode(RESOLV_CONF_OF_NODE) : dns.text());
        write(
                paths.hostname(spec.id()),
                switch (spec.network()) {
                    case POD -> spec.hostname() + "\n";
                    case NODE -> ofNode(HOSTNAME_OF_NODE);
                });
    }

    /** Writes the file that has the address in it; without one the pod is on the node's network. */
    void writeHosts(Optional<InetAddress> address) throws IOException {
        write(
                paths.hosts(spec.id()),
                address.isPresent() ? hosts(address.get()) : ofNode(HOSTS_OF_NODE));
    }

    private String hosts(InetAddress address) {
        return LOOPBACK + address.getHostAddress() + "\t" + spec.hostname() + "\n";
    }

    /**
     * Readable by every user of the pod and writable by its root, whatever the umask of the daemon.
     */
    private void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setAttribute(file, "unix:mode", MODE);
        if (spec.owner().isPresent()) {
            SandboxDirectory.give(file, spec.owner().get().ids());
        }
    }

    /** A node without such a file has pods with an empty one. */
    private static String ofNode(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException absent) {
            return "";
        }
    }
}
