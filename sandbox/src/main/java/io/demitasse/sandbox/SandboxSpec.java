package io.demitasse.sandbox;

import io.demitasse.sandbox.network.PortMapping;
import io.demitasse.sandbox.network.PortMapping.HostPort;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a pod is to be. Whatever can be refused without asking the kernel is refused here, by {@link
 * IllegalArgumentException} and before anything exists: malformed names, and sysctls that are not
 * the pod's to set.
 *
 * @param id lower-case hexadecimal digits, at least twelve; names of links and files derive from it
 * @param hostname what the pod calls itself; ignored with the node's network
 * @param sysctls by name, {@code net.ipv4.ip_unprivileged_port_start} or {@code
 *     net/ipv4/ip_unprivileged_port_start}
 * @param shmBytes the size of the pod's {@code /dev/shm}
 * @param ports of the node that lead to the pod; ignored with the node's network
 * @param owner whose namespaces the pod has, if it is in a user namespace
 */
public record SandboxSpec(
        String id,
        NetworkMode network,
        IpcMode ipc,
        String hostname,
        DnsConfig dns,
        Map<String, String> sysctls,
        long shmBytes,
        List<PortMapping> ports,
        Optional<Owner> owner) {
    /** What CRI runtimes give a pod's {@code /dev/shm}. */
    public static final long DEFAULT_SHM_BYTES = 64L << 20;

    private static final Pattern ID = Pattern.compile("[0-9a-f]{12,64}");
    // __NEW_UTS_LEN of the kernel; sethostname(2) refuses more
    private static final Pattern HOSTNAME = Pattern.compile("[A-Za-z0-9][-A-Za-z0-9_.]{0,63}");

    public SandboxSpec {
        checkId(id);
        if (network == NetworkMode.POD && !HOSTNAME.matcher(hostname).matches()) {
            throw new IllegalArgumentException("hostname \"" + hostname + "\" is malformed");
        }
        if (owner.isPresent() && (network != NetworkMode.POD || ipc != IpcMode.POD)) {
            throw new IllegalArgumentException(
                    "a user namespace does not own the node's network or IPC");
        }
        if (shmBytes <= 0) {
            throw new IllegalArgumentException("a /dev/shm of " + shmBytes + " bytes");
        }
        ports = network == NetworkMode.POD ? ports.stream().distinct().toList() : List.of();
        var targets = new HashMap<HostPort, Integer>();
        for (var mapping : ports) {
            var other = targets.putIfAbsent(mapping.port(), mapping.target());
            if (other != null) {
                throw new IllegalArgumentException(
                        "host port %s cannot lead to both %d and %d"
                                .formatted(mapping.port(), other, mapping.target()));
            }
        }
        sysctls = Map.copyOf(sysctls);
        for (var name : sysctls.keySet()) {
            Sysctl.parse(name).check(network, ipc);
        }
    }

    /** A pod with network and IPC of its own and defaults for the rest. */
    public static SandboxSpec of(String id, String hostname) {
        return new SandboxSpec(
                id,
                NetworkMode.POD,
                IpcMode.POD,
                hostname,
                DnsConfig.OF_NODE,
                Map.of(),
                DEFAULT_SHM_BYTES);
    }

    /** A pod of the node's users, without ports. */
    public SandboxSpec(
            String id,
            NetworkMode network,
            IpcMode ipc,
            String hostname,
            DnsConfig dns,
            Map<String, String> sysctls,
            long shmBytes) {
        this(id, network, ipc, hostname, dns, sysctls, shmBytes, List.of(), Optional.empty());
    }

    /** {@return the same in the namespaces of a process} */
    public SandboxSpec withOwner(Owner process) {
        return new SandboxSpec(
                id, network, ipc, hostname, dns, sysctls, shmBytes, ports, Optional.of(process));
    }

    /** {@return the same with ports of the node} */
    public SandboxSpec withPorts(List<PortMapping> mappings) {
        return new SandboxSpec(id, network, ipc, hostname, dns, sysctls, shmBytes, mappings, owner);
    }

    /** Returns {@code id}, or throws if it could not name a sandbox. */
    static String checkId(String id) {
        if (!isId(id)) {
            throw new IllegalArgumentException("\"" + id + "\" is not the id of a sandbox");
        }
        return id;
    }

    static boolean isId(String name) {
        return ID.matcher(name).matches();
    }
}
