package io.demitasse.linux.netlink;

import io.demitasse.linux.Fd;
import java.net.InetAddress;

/**
 * Something to be changed about links, addresses or routes, as a value.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
public sealed interface RouteRequest {
    /** {@return the request as messages name it} */
    String describe();

    /**
     * Makes a bridge that is up.
     *
     * @param address kept for good; a bridge without one takes the lowest of its ports' addresses
     *     and changes it as they come and go
     */
    record AddBridge(String name, HardwareAddress address, int mtu) implements RouteRequest {
        @Override
        public String describe() {
            return "RTM_NEWLINK(" + name + " bridge)";
        }
    }

    /**
     * Makes a pair of links, each born where it is to live: moving one later waits for RCU. The
     * near end is up and a port of a bridge; the far end cannot be up before the pair is complete.
     *
     * @param master the index of the bridge
     */
    record AddVeth(String name, int master, int mtu, VethPeer peer) implements RouteRequest {
        @Override
        public String describe() {
            return "RTM_NEWLINK(" + name + " veth, peer " + peer.name() + ")";
        }
    }

    /** Lets a port of a bridge send a frame back to where it came from. */
    record AllowHairpin(String port) implements RouteRequest {
        @Override
        public String describe() {
            return "RTM_NEWLINK(" + port + " bridge_slave mode hairpin)";
        }
    }

    /** Brings a link up. */
    record SetUp(int index) implements RouteRequest {
        @Override
        public String describe() {
            return "RTM_NEWLINK(index " + index + " up)";
        }
    }

    /** Gives a link an address, and with it the route to those that share the prefix. */
    record AddAddress(int index, InetAddress address, int prefixLength) implements RouteRequest {
        @Override
        public String describe() {
            return "RTM_NEWADDR(index %d, %s/%d)"
                    .formatted(index, address.getHostAddress(), prefixLength);
        }
    }

    /** Sends whatever no other route matches to a gateway on a link. */
    record AddDefaultRoute(int index, InetAddress gateway) implements RouteRequest {
        @Override
        public String describe() {
            return "RTM_NEWROUTE(default via %s, index %d)"
                    .formatted(gateway.getHostAddress(), index);
        }
    }

    /** Deletes a link, and with one end of a veth pair the other. */
    record DeleteLink(String name) implements RouteRequest {
        @Override
        public String describe() {
            return "RTM_DELLINK(" + name + ")";
        }
    }

    /**
     * The far end of a veth pair.
     *
     * @param netns where it is born; borrowed for the request
     */
    record VethPeer(String name, HardwareAddress address, Fd netns) {}
}
