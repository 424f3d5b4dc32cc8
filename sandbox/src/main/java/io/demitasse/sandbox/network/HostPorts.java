package io.demitasse.sandbox.network;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.netlink.ConntrackSocket;
import io.demitasse.linux.netlink.NftablesSocket;
import io.demitasse.sandbox.network.PortMapping.HostPort;
import io.demitasse.sandbox.network.PortMapping.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which port of the node leads to which sandbox: a file per port, named by it, with the sandbox's
 * id and the port in there, and an element of a map of nftables.
 *
 * <p>As with {@link Leases}, the directory is the truth: the elements of a table that was lost, or
 * is replaced by a new daemon's, are those that the files say.
 *
 * <p><b>Threads.</b> May be shared; guarded by this, which only pods with ports wait for.
 */
final class HostPorts {
    private final Path directory;
    private final Leases leases;
    private final NatTable table;
    private final Map<String, List<PortMapping>> mappings = new HashMap<>();
    private final Map<HostPort, String> owners = new HashMap<>();

    private HostPorts(Path directory, Leases leases, NatTable table) {
        this.directory = directory;
        this.leases = leases;
        this.table = table;
    }

    /** Reads what earlier daemons reserved. */
    static HostPorts open(Path directory, Leases leases, NatTable table) throws IOException {
        Files.createDirectories(directory);
        var ports = new HostPorts(directory, leases, table);
        ports.load();
        return ports;
    }

    /** Puts the table in place, with all that is reserved. */
    synchronized void install() throws IOException {
        var pods = new HashMap<PortMapping, InetAddress>();
        mappings.forEach((sandboxId, all) ->
                leases.of(sandboxId)
                        .ifPresent(pod -> all.forEach(mapping -> pods.put(mapping, pod))));
        table.install(pods);
    }

    /** Removes the table. */
    void uninstall() throws IOException {
        table.remove();
    }

    /** Throws if one of them is another sandbox's. */
    synchronized void requireFree(List<PortMapping> wanted) throws HostPortTakenException {
        for (var mapping : wanted) {
            var owner = owners.get(mapping.port());
            if (owner != null) {
                throw new HostPortTakenException(mapping.port(), owner);
            }
        }
    }

    /** Lets ports lead to a pod, all of them or none, but what is reserved then stays. */
    synchronized void publish(String sandboxId, InetAddress pod, List<PortMapping> wanted)
            throws IOException {
        requireFree(wanted);
        mappings.put(sandboxId, List.copyOf(wanted));
        for (var mapping : wanted) {
            owners.put(mapping.port(), sandboxId);
            Files.writeString(file(mapping.port()), sandboxId + " " + mapping.target());
        }
        try (var tables = NftablesSocket.open()) {
            tables.add(
                    table.name(),
                    wanted.stream().map(mapping -> NatTable.element(mapping, pod)).toList());
        }
        forgetDatagrams(wanted);
    }

    /** Takes the ports of a sandbox back, if it has some. */
    synchronized void release(String sandboxId) throws IOException {
        var all = mappings.get(sandboxId);
        if (all == null) {
            return;
        }
        var pod = leases.of(sandboxId);
        if (pod.isPresent()) {
            delete(all, pod.get());
            forgetDatagrams(all);
        }
        for (var mapping : all) {
            Files.deleteIfExists(file(mapping.port()));
            owners.remove(mapping.port());
        }
        mappings.remove(sandboxId);
    }

    /** One by one: of a pod that was being made, not all may be there. */
    private void delete(List<PortMapping> all, InetAddress pod) throws SyscallException {
        try (var tables = NftablesSocket.open()) {
            for (var mapping : all) {
                try {
                    tables.delete(table.name(), List.of(NatTable.element(mapping, pod)));
                } catch (SyscallException refused) {
                    if (!refused.is(Errno.ENOENT)) {
                        throw refused;
                    }
                }
            }
        }
    }

    /**
     * Who sends datagrams to such a port from one socket, before and after, would go on to meet
     * what was there when it began.
     */
    private static void forgetDatagrams(List<PortMapping> changed) throws SyscallException {
        var ports = changed.stream().map(PortMapping::port);
        for (var port : ports.filter(one -> one.protocol() == Protocol.UDP).toList()) {
            try (var connections = ConntrackSocket.open()) {
                connections.forget(port.protocol().number(), port.number());
            } catch (SyscallException refused) {
                // A kernel without ctnetlink: what was begun ends by itself, after a silent minute.
                if (!refused.is(Errno.EOPNOTSUPP) && !refused.is(Errno.EINVAL)) {
                    throw refused;
                }
            }
        }
    }

    /** Takes back what no live sandbox has, and what never got an owner. */
    synchronized void collect(Set<String> live) throws IOException {
        for (var owner : new TreeSet<>(mappings.keySet())) {
            if (!live.contains(owner)) {
                release(owner);
            }
        }
        try (var files = Files.newDirectoryStream(directory)) {
            for (var file : files) {
                var port = portOf(file);
                if (port.isPresent() && !owners.containsKey(port.get())) {
                    Files.delete(file);
                }
            }
        }
    }

    private synchronized void load() throws IOException {
        var found = new HashMap<String, List<PortMapping>>();
        try (var files = Files.newDirectoryStream(directory)) {
            for (var file : files) {
                var port = portOf(file);
                var words = Files.readString(file).strip().split(" ", 2);
                // a file without content was not yet a reservation when its daemon died
                if (port.isPresent() && words.length == 2) {
                    owners.put(port.get(), words[0]);
                    found.computeIfAbsent(words[0], _ -> new ArrayList<>())
                            .add(new PortMapping(port.get(), Integer.parseInt(words[1])));
                }
            }
        }
        mappings.putAll(found);
    }

    private Path file(HostPort port) {
        return directory.resolve(
                "%s-%s-%d"
                        .formatted(
                                port.protocol(), port.address().getHostAddress(), port.number()));
    }

    private static Optional<HostPort> portOf(Path file) {
        var parts = String.valueOf(file.getFileName()).split("-", -1);
        try {
            return parts.length == 3
                    ? Optional.of(
                            new HostPort(
                                    Protocol.valueOf(parts[0].toUpperCase(Locale.ROOT)),
                                    InetAddress.ofLiteral(parts[1]),
                                    Integer.parseInt(parts[2])))
                    : Optional.empty();
        } catch (IllegalArgumentException otherName) {
            return Optional.empty();
        }
    }
}
