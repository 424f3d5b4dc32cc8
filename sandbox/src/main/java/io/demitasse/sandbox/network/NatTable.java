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
 * The nft table of a bridge: what leaves its subnet gets the node's address, and what arrives at a
 * host port gets to its pod. Ours alone, and replaced whole, so that neither an older version of it
 * nor anybody else's rules are in the way.
 *
 * <p>nft(8) is run once per life of a daemon, never per pod. What changes with pods are elements of
 * the two maps.
 *
 * <p>Packets to a host port that come from the node's loopback or from a pod of the same bridge are
 * marked, with the bit that the CNI plugin {@code portmap} uses for this, and get the bridge's
 * address: their answers would not pass here otherwise, and not be translated back. A mark that no
 * mapping followed is taken away again.
 */
record NatTable(String bridge, Subnet subnet, boolean masquerades) {
    private static final String MULTICAST = "224.0.0.0/4";
    private static final String HOST_PORTS = "host_ports";
    private static final String ADDRESS_PORTS = "address_ports";

    /** Puts the table in place with the mappings to these pods, in one transaction. */
    void install(Map<PortMapping, InetAddress> pods) throws IOException {
        nft(
                "table ip %1$s\ndelete table ip %1$s\ntable ip %1$s {\n%2$s%3$s%4$s}\n"
                        .formatted(name(), maps(pods), translation(), postrouting()));
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

    /** Of what comes to the node; the first chain is before it, for the packets of the wire. */
    private String translation() {
        return """
        chain loopback {
            type filter hook prerouting priority raw; policy accept;
            iifname "%1$s" ip daddr 127.0.0.0/8 drop
        }
        chain ports {
            ip saddr { 127.0.0.0/8, %2$s } meta mark set meta mark or 0x2000
            meta l4proto { tcp, udp, sctp } \
                dnat ip to ip daddr . meta l4proto . th dport map @address_ports
            meta l4proto { tcp, udp, sctp } \
                dnat ip to meta l4proto . th dport map @host_ports
            ip saddr { 127.0.0.0/8, %2$s } meta mark set meta mark and 0xffffdfff
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
                .formatted(bridge, subnet);
    }

    private String postrouting() {
        var masquerade =
                "ip saddr %1$s ip daddr != { %1$s, %2$s } masquerade".formatted(subnet, MULTICAST);
        return """
        chain postrouting {
            type nat hook postrouting priority srcnat; policy accept;
            meta mark and 0x2000 == 0x2000 ct status dnat masquerade
            %1$s
        }
        """
                .formatted(masquerades ? masquerade : "");
    }

    /** Removes the table, if it is there. */
    void remove() throws IOException {
        // declared first: deleting what is not there is an error
        nft("table ip %1$s\ndelete table ip %1$s\n".formatted(name()));
    }

    String name() {
        return "demitasse_" + bridge;
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
                    "network " + bridge + " masquerades with nft(8), package nftables", absent);
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
