package io.demitasse.linux.netlink;

import io.demitasse.linux.Fd;
import java.net.InetAddress;
import java.util.List;

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
     * near end is up; the far end cannot be before the pair is complete.
     *
     * <p>Neither asks for or answers with hardware addresses (NOARP): what one sends is for its own
     * address, and the other one's is the same.
     */
    record AddVeth(String name, HardwareAddress address, int mtu, VethPeer peer)
            implements RouteRequest {
        @Override
        public String describe() {
            return "RTM_NEWLINK(" + name + " veth, peer " + peer.name() + ")";
        }
    }

    /** Puts a link into a group, and turns settings on. */
    record Configure(String name, int group, List<LinkSetting> settings) implements RouteRequest {
        public Configure {
            settings = List.copyOf(settings);
        }

        @Override
        public String describe() {
            return "RTM_NEWLINK(%s group %d %s)".formatted(name, group, settings);
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

    /** Sends whatever no other route matches to a gateway on a link, of whatever subnet that is. */
    record AddDefaultRoute(int index, InetAddress gateway) implements RouteRequest {
        @Override
        public String describe() {
            return "RTM_NEWROUTE(default via %s, index %d)"
                    .formatted(gateway.getHostAddress(), index);
        }
    }

    /**
     * Sends to a link what is for one address; in place of another such route, if there is one.
     *
     * @param source what the node sends from; the route goes with this address
     */
    record SetHostRoute(InetAddress destination, int index, InetAddress source)
            implements RouteRequest {
        @Override
        public String describe() {
            return "RTM_NEWROUTE(%s, index %d)".formatted(destination.getHostAddress(), index);
        }
    }

    /**
     * Refuses what is for a range and has no other route, be it as wide.
     *
     * @param source an address of the node that the route goes with
     */
    record AddUnreachable(InetAddress network, int prefixLength, InetAddress source)
            implements RouteRequest {
        @Override
        public String describe() {
            return "RTM_NEWROUTE(unreachable %s/%d)"
                    .formatted(network.getHostAddress(), prefixLength);
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
    record VethPeer(String name, Fd netns) {}
}
