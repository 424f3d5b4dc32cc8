package io.demitasse.sandbox.network;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Locale;

/**
 * A port of the node that leads to one of a pod.
 *
 * @param port of the node
 * @param target the port in the pod
 */
public record PortMapping(HostPort port, int target) {
    private static final int LARGEST = 65535;

    /** What has ports; as text they are spelled as nft does. */
    public enum Protocol {
        TCP(6),
        UDP(17),
        SCTP(132);

        private final int number;

        Protocol(int number) {
            this.number = number;
        }

        /** {@return the protocol's number in the header of a packet} */
        int number() {
            return number;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A port of the node, at one of its addresses or, with 0.0.0.0, at whichever has nothing more
     * particular.
     */
    public record HostPort(Protocol protocol, InetAddress address, int number) {
        public HostPort {
            if (!(address instanceof Inet4Address)) {
                throw new IllegalArgumentException(
                        "host port %s at %s: the built-in network is IPv4 only"
                                .formatted(number, address.getHostAddress()));
            }
            check(number, "host port");
        }

        /** {@return whether it is at every address of the node that has no such port of its own} */
        boolean isAtEveryAddress() {
            return address.isAnyLocalAddress();
        }

        @Override
        public String toString() {
            return "%s %s:%d".formatted(protocol, address.getHostAddress(), number);
        }
    }

    public PortMapping {
        check(target, "container port");
    }

    private static void check(int port, String what) {
        if (port < 1 || port > LARGEST) {
            throw new IllegalArgumentException(
                    "%s %d is not between 1 and %d".formatted(what, port, LARGEST));
        }
    }
}
