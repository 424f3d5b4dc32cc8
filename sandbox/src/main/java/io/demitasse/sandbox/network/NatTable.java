package io.demitasse.sandbox.network;

import io.demitasse.linux.netlink.MapElement;
import io.demitasse.linux.netlink.MapElement.Field;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The nft tables of a network: what leaves its subnet gets the node's address, what arrives at a
 * host port gets to its pod, and what a pod sends in another's name, or by IPv6, gets nowhere. Ours
 * alone, and replaced whole, so that neither an older version of them nor anybody else's rules are
 * in the way.
 *
 * <p>nft(8) is run once per life of a daemon, never per pod. What changes with pods are elements of
 * the two maps.
 *
 * <p>Packets to a host port that come from the node's loopback or from a pod are marked, with the
 * bit that the CNI plugin {@code portmap} uses for this, and get the gateway's address: their
 * answers would not pass here otherwise, and not be translated back. A mark that no mapping
 * followed is taken away again.
 */
record NatTable(NetworkConfig config, boolean hasIpv6) {
    private static final String MULTICAST = "224.0.0.0/4";
    private static final String HOST_PORTS = "host_ports";
    private static final String ADDRESS_PORTS = "address_ports";

    /** Puts the tables in place with the mappings to these pods, in one transaction. */
    void install(Map<PortMapping, InetAddress> pods) throws IOException {
        nft(
                removal()
                        + "table ip %s {\n%s%s%s%s}\n"
                                .formatted(
                                        name(), maps(pods), arrival(), translation(), postrouting())
                        + (hasIpv6 ? ipv6() : ""));
    }

    private static String maps(Map<PortMapping, InetAddress> pods) {
        return """
        map host_ports {
            type inet_proto . inet_service : ipv4_addr . inet_service
            %1$s
        }
        map address_ports {
            type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
            %2$s
        }
        """
                .formatted(elements(HOST_PORTS, pods), elements(ADDRESS_PORTS, pods));
    }

    /**
     * Of what pods send, before anything else sees it. The last rule is strict reverse path
     * filtering: {@code rp_filter} alone would be as weak as the node's loosest setting of it.
     */
    private String arrival() {
        return """
        chain from_pod {
            ip daddr 127.0.0.0/8 drop
            fib saddr . iif oif missing drop
        }
        chain pods {
            type filter hook prerouting priority raw; policy accept;
            iifgroup %d jump from_pod
        }
        """
                .formatted(config.group());
    }

    /** Pods have no IPv6 address; what they send all the same could still route the node. */
    private String ipv6() {
        return """
        table ip6 %s {
            chain pods {
                type filter hook prerouting priority raw; policy accept;
                iifgroup %d drop
            }
        }
        """
                .formatted(name(), config.group());
    }

    private String translation() {
        return """
        chain ports {
            ip saddr { 127.0.0.0/8, %1$s } meta mark set meta mark or 0x2000
            meta l4proto { tcp, udp, sctp } \
                dnat ip to ip daddr . meta l4proto . th dport map @address_ports
            meta l4proto { tcp, udp, sctp } \
                dnat ip to meta l4proto . th dport map @host_ports
            ip saddr { 127.0.0.0/8, %1$s } meta mark set meta mark and 0xffffdfff
        }
        chain prerouting {
            type nat hook prerouting priority -100; policy accept;
            fib daddr type local jump ports
        }
        chain output {
            type nat hook output priority -100; policy accept;
            fib daddr type local jump ports
        }
        """
                .formatted(config.subnet());
    }

    private String postrouting() {
        var masquerade =
                "ip saddr %1$s ip daddr != { %1$s, %2$s } masquerade"
                        .formatted(config.subnet(), MULTICAST);
        return """
        chain postrouting {
            type nat hook postrouting priority srcnat; policy accept;
            meta mark and 0x2000 == 0x2000 ct status dnat snat to %s
            %s
        }
        """
                .formatted(
                        config.gateway().getHostAddress(), config.masquerade() ? masquerade : "");
    }

    /** Removes the tables, if they are there. */
    void remove() throws IOException {
        nft(removal());
    }

    /** They are declared first: deleting what is not there is an error. */
    private String removal() {
        var one = "table %1$s %2$s\ndelete table %1$s %2$s\n";
        return one.formatted("ip", name()) + (hasIpv6 ? one.formatted("ip6", name()) : "");
    }

    String name() {
        return "demitasse_" + config.bridge();
    }

    /** {@return a mapping as the kernel has it} */
    static MapElement element(PortMapping mapping, InetAddress pod) {
        var port = mapping.port();
        var value = List.of(field(pod), new Field(mapping.target(), Short.BYTES));
        var protocol = new Field(port.protocol().number(), Byte.BYTES);
        var number = new Field(port.number(), Short.BYTES);
        return port.isAtEveryAddress()
                ? new MapElement(HOST_PORTS, List.of(protocol, number), value)
                : new MapElement(
                        ADDRESS_PORTS, List.of(field(port.address()), protocol, number), value);
    }

    private static Field field(InetAddress address) {
        return new Field(ByteBuffer.wrap(address.getAddress()).getInt(), Integer.BYTES);
    }

    /** The same as nft reads it. */
    private static String elements(String map, Map<PortMapping, InetAddress> pods) {
        var text =
                pods.entrySet().stream()
                        .filter(pod ->
                                pod.getKey().port().isAtEveryAddress() == map.equals(HOST_PORTS))
                        .map(pod -> element(pod.getKey(), pod.getValue().getHostAddress()))
                        .collect(Collectors.joining(", "));
        return text.isEmpty() ? "" : "elements = { " + text + " }";
    }

    private static String element(PortMapping mapping, String pod) {
        var port = mapping.port();
        var address = port.isAtEveryAddress() ? "" : port.address().getHostAddress() + " . ";
        return "%s%s . %d : %s . %d"
                .formatted(address, port.protocol(), port.number(), pod, mapping.target());
    }

    private void nft(String script) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder("nft", "-f", "-").redirectErrorStream(true).start();
        } catch (IOException absent) {
            throw new IOException(
                    "network " + config.bridge() + " masquerades with nft(8), package nftables",
                    absent);
        }
        try {
            try (var in = process.getOutputStream()) {
                in.write(script.getBytes(StandardCharsets.UTF_8));
            }
            var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException(
                        "nft -f - exited %d for table ip %s: %s"
                                .formatted(status, name(), said.strip()));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while nft made table ip " + name(), interrupted);
        }
    }
}
