package io.demitasse.sandbox;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What processes without a capability may do in the network of a pod. A pod's own sysctls go before
 * it; the node's network is left as it is.
 *
 * @param ports listen on ports below 1024, ip(7), {@code ip_unprivileged_port_start}
 * @param icmp ping, by sockets of their own kind, icmp(7), {@code ping_group_range}; as with
 *     containerd not with a user namespace, where other runtimes could not write the range
 */
public record Unprivileged(boolean ports, boolean icmp) {
    /** As the kernel has it. */
    public static final Unprivileged NOTHING = new Unprivileged(false, false);

    Map<Sysctl, String> sysctls(boolean userNamespace) {
        var sysctls = new LinkedHashMap<Sysctl, String>();
        if (ports) {
            sysctls.put(Sysctl.parse("net.ipv4.ip_unprivileged_port_start"), "0");
        }
        if (icmp && !userNamespace) {
            sysctls.put(Sysctl.parse("net.ipv4.ping_group_range"), "0 2147483647");
        }
        return sysctls;
    }
}
