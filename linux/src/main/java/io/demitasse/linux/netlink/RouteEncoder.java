package io.demitasse.linux.netlink;

import static io.demitasse.linux.netlink.MessageWriter.offset;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.net.InetAddress;

/** Spells requests as messages of rtnetlink(7). */
final class RouteEncoder {
    private static final int CREATE =
            NetlinkSyscalls.NLM_F_REQUEST
                    | NetlinkSyscalls.NLM_F_CREATE
                    | NetlinkSyscalls.NLM_F_EXCL;
    private static final byte[] BRIDGE = {'b', 'r', 'i', 'd', 'g', 'e'};
    private static final byte[] VETH = {'v', 'e', 't', 'h'};
    // metric of a route; of two that match alike, the smaller one wins
    private static final int LAST = -1;

    private static final long IFI_FAMILY = offset(RtnetlinkSyscalls.IFINFOMSG, "ifi_family");
    private static final long IFI_INDEX = offset(RtnetlinkSyscalls.IFINFOMSG, "ifi_index");
    private static final long IFI_FLAGS = offset(RtnetlinkSyscalls.IFINFOMSG, "ifi_flags");
    private static final long IFI_CHANGE = offset(RtnetlinkSyscalls.IFINFOMSG, "ifi_change");
    private static final long IFA_FAMILY = offset(RtnetlinkSyscalls.IFADDRMSG, "ifa_family");
    private static final long IFA_PREFIXLEN = offset(RtnetlinkSyscalls.IFADDRMSG, "ifa_prefixlen");
    private static final long IFA_INDEX = offset(RtnetlinkSyscalls.IFADDRMSG, "ifa_index");
    private static final long RTM_FAMILY = offset(RtnetlinkSyscalls.RTMSG, "rtm_family");
    private static final long RTM_DST_LEN = offset(RtnetlinkSyscalls.RTMSG, "rtm_dst_len");
    private static final long RTM_TABLE = offset(RtnetlinkSyscalls.RTMSG, "rtm_table");
    private static final long RTM_PROTOCOL = offset(RtnetlinkSyscalls.RTMSG, "rtm_protocol");
    private static final long RTM_SCOPE = offset(RtnetlinkSyscalls.RTMSG, "rtm_scope");
    private static final long RTM_TYPE = offset(RtnetlinkSyscalls.RTMSG, "rtm_type");
    private static final long RTM_FLAGS = offset(RtnetlinkSyscalls.RTMSG, "rtm_flags");

    private RouteEncoder() {}

    static void encode(RouteRequest request, MessageWriter out) {
        switch (request) {
            case RouteRequest.AddBridge bridge -> addBridge(bridge, out);
            case RouteRequest.AddVeth veth -> addVeth(veth, out);
            case RouteRequest.Configure link -> configure(link, out);
            case RouteRequest.SetUp(int index) -> setUp(index, out);
            case RouteRequest.AddAddress address -> addAddress(address, out);
            case RouteRequest.AddDefaultRoute route -> addDefaultRoute(route, out);
            case RouteRequest.SetHostRoute route -> setHostRoute(route, out);
            case RouteRequest.AddUnreachable route -> addUnreachable(route, out);
            case RouteRequest.DeleteLink(var name) -> deleteLink(name, out);
        }
    }

    /** Asks about one link, or about all of them where there is no name. */
    static void getLinks(String name, MessageWriter out) {
        int dump = name.isEmpty() ? NetlinkSyscalls.NLM_F_DUMP : 0;
        out.type(RtnetlinkSyscalls.RTM_GETLINK, NetlinkSyscalls.NLM_F_REQUEST | dump);
        link(0, 0, out);
        if (!name.isEmpty()) {
            out.attribute(RtnetlinkSyscalls.IFLA_IFNAME, name);
        }
        out.attribute(RtnetlinkSyscalls.IFLA_EXT_MASK, RtnetlinkSyscalls.RTEXT_FILTER_SKIP_STATS);
    }

    /** Asks about one link, with its counters. */
    static void getCounters(String name, MessageWriter out) {
        out.type(RtnetlinkSyscalls.RTM_GETLINK, NetlinkSyscalls.NLM_F_REQUEST);
        link(0, 0, out);
        out.attribute(RtnetlinkSyscalls.IFLA_IFNAME, name);
    }

    private static void addBridge(RouteRequest.AddBridge bridge, MessageWriter out) {
        out.type(RtnetlinkSyscalls.RTM_NEWLINK, CREATE);
        link(0, RtnetlinkSyscalls.IFF_UP, out);
        out.attribute(RtnetlinkSyscalls.IFLA_IFNAME, bridge.name());
        out.attribute(RtnetlinkSyscalls.IFLA_ADDRESS, bridge.address().bytes());
        out.attribute(RtnetlinkSyscalls.IFLA_MTU, bridge.mtu());
        long info = out.beginNest(RtnetlinkSyscalls.IFLA_LINKINFO);
        out.attribute(RtnetlinkSyscalls.IFLA_INFO_KIND, BRIDGE);
        out.endNest(info);
    }

    private static void addVeth(RouteRequest.AddVeth veth, MessageWriter out) {
        out.type(RtnetlinkSyscalls.RTM_NEWLINK, CREATE);
        link(0, RtnetlinkSyscalls.IFF_UP | RtnetlinkSyscalls.IFF_NOARP, out);
        end(veth.name(), veth, out);
        long info = out.beginNest(RtnetlinkSyscalls.IFLA_LINKINFO);
        out.attribute(RtnetlinkSyscalls.IFLA_INFO_KIND, VETH);
        long data = out.beginNest(RtnetlinkSyscalls.IFLA_INFO_DATA);
        long peer = out.beginNest(RtnetlinkSyscalls.VETH_INFO_PEER);
        link(0, RtnetlinkSyscalls.IFF_NOARP, out);
        out.attribute(RtnetlinkSyscalls.IFLA_NET_NS_FD, veth.peer().netns().number());
        end(veth.peer().name(), veth, out);
        out.endNest(peer);
        out.endNest(data);
        out.endNest(info);
    }

    /**
     * One queue: the kernel would make one per processor that the machine could ever have, each
     * with its directories in sysfs, and a veth without XDP uses no more than the first.
     */
    private static void end(String name, RouteRequest.AddVeth veth, MessageWriter out) {
        out.attribute(RtnetlinkSyscalls.IFLA_IFNAME, name);
        out.attribute(RtnetlinkSyscalls.IFLA_ADDRESS, veth.address().bytes());
        out.attribute(RtnetlinkSyscalls.IFLA_MTU, veth.mtu());
        out.attribute(RtnetlinkSyscalls.IFLA_NUM_TX_QUEUES, 1);
        out.attribute(RtnetlinkSyscalls.IFLA_NUM_RX_QUEUES, 1);
    }

    private static void configure(RouteRequest.Configure request, MessageWriter out) {
        out.type(RtnetlinkSyscalls.RTM_NEWLINK, NetlinkSyscalls.NLM_F_REQUEST);
        link(0, 0, out);
        out.attribute(RtnetlinkSyscalls.IFLA_IFNAME, request.name());
        out.attribute(RtnetlinkSyscalls.IFLA_GROUP, request.group());
        long families = out.beginNest(RtnetlinkSyscalls.IFLA_AF_SPEC);
        for (var setting : request.settings()) {
            switch (setting) {
                case RP_FILTER -> turnOn(RtnetlinkSyscalls.IPV4_DEVCONF_RP_FILTER, out);
                case PROXY_ARP -> turnOn(RtnetlinkSyscalls.IPV4_DEVCONF_PROXY_ARP, out);
                case ROUTE_LOCALNET -> turnOn(RtnetlinkSyscalls.IPV4_DEVCONF_ROUTE_LOCALNET, out);
                case NO_IPV6_ADDRESS -> {
                    long family = out.beginNest(RtnetlinkSyscalls.AF_INET6);
                    out.attribute(
                            RtnetlinkSyscalls.IFLA_INET6_ADDR_GEN_MODE,
                            (byte) RtnetlinkSyscalls.IN6_ADDR_GEN_MODE_NONE);
                    out.endNest(family);
                }
            }
        }
        out.endNest(families);
    }

    private static void turnOn(int setting, MessageWriter out) {
        long family = out.beginNest(RtnetlinkSyscalls.AF_INET);
        long settings = out.beginNest(RtnetlinkSyscalls.IFLA_INET_CONF);
        out.attribute(setting, 1);
        out.endNest(settings);
        out.endNest(family);
    }

    private static void setUp(int index, MessageWriter out) {
        out.type(RtnetlinkSyscalls.RTM_NEWLINK, NetlinkSyscalls.NLM_F_REQUEST);
        link(index, RtnetlinkSyscalls.IFF_UP, out);
    }

    private static void addAddress(RouteRequest.AddAddress address, MessageWriter out) {
        out.type(RtnetlinkSyscalls.RTM_NEWADDR, CREATE);
        var message = out.struct(RtnetlinkSyscalls.IFADDRMSG);
        message.set(JAVA_BYTE, IFA_FAMILY, family(address.address()));
        message.set(JAVA_BYTE, IFA_PREFIXLEN, (byte) address.prefixLength());
        message.set(JAVA_INT, IFA_INDEX, address.index());
        byte[] bytes = address.address().getAddress();
        out.attribute(RtnetlinkSyscalls.IFA_LOCAL, bytes);
        out.attribute(RtnetlinkSyscalls.IFA_ADDRESS, bytes);
    }

    private static void addDefaultRoute(RouteRequest.AddDefaultRoute route, MessageWriter out) {
        out.type(RtnetlinkSyscalls.RTM_NEWROUTE, CREATE);
        var message = route(route.gateway(), 0, RtnetlinkSyscalls.RTN_UNICAST, out);
        message.set(JAVA_INT, RTM_FLAGS, RtnetlinkSyscalls.RTNH_F_ONLINK);
        out.attribute(RtnetlinkSyscalls.RTA_GATEWAY, route.gateway().getAddress());
        out.attribute(RtnetlinkSyscalls.RTA_OIF, route.index());
    }

    private static void setHostRoute(RouteRequest.SetHostRoute route, MessageWriter out) {
        out.type(
                RtnetlinkSyscalls.RTM_NEWROUTE,
                NetlinkSyscalls.NLM_F_REQUEST
                        | NetlinkSyscalls.NLM_F_CREATE
                        | NetlinkSyscalls.NLM_F_REPLACE);
        byte[] destination = route.destination().getAddress();
        var message =
                route(
                        route.destination(),
                        destination.length * Byte.SIZE,
                        RtnetlinkSyscalls.RTN_UNICAST,
                        out);
        message.set(JAVA_BYTE, RTM_SCOPE, (byte) RtnetlinkSyscalls.RT_SCOPE_LINK);
        out.attribute(RtnetlinkSyscalls.RTA_DST, destination);
        out.attribute(RtnetlinkSyscalls.RTA_OIF, route.index());
        out.attribute(RtnetlinkSyscalls.RTA_PREFSRC, route.source().getAddress());
    }

    private static void addUnreachable(RouteRequest.AddUnreachable route, MessageWriter out) {
        out.type(RtnetlinkSyscalls.RTM_NEWROUTE, CREATE);
        route(route.network(), route.prefixLength(), RtnetlinkSyscalls.RTN_UNREACHABLE, out);
        out.attribute(RtnetlinkSyscalls.RTA_DST, route.network().getAddress());
        out.attribute(RtnetlinkSyscalls.RTA_PRIORITY, LAST);
        out.attribute(RtnetlinkSyscalls.RTA_PREFSRC, route.source().getAddress());
    }

    private static MemorySegment route(
            InetAddress address, int prefixLength, int type, MessageWriter out) {
        var message = out.struct(RtnetlinkSyscalls.RTMSG);
        message.set(JAVA_BYTE, RTM_FAMILY, family(address));
        message.set(JAVA_BYTE, RTM_DST_LEN, (byte) prefixLength);
        message.set(JAVA_BYTE, RTM_TABLE, (byte) RtnetlinkSyscalls.RT_TABLE_MAIN);
        message.set(JAVA_BYTE, RTM_PROTOCOL, (byte) RtnetlinkSyscalls.RTPROT_BOOT);
        message.set(JAVA_BYTE, RTM_SCOPE, (byte) RtnetlinkSyscalls.RT_SCOPE_UNIVERSE);
        message.set(JAVA_BYTE, RTM_TYPE, (byte) type);
        return message;
    }

    private static void deleteLink(String name, MessageWriter out) {
        out.type(RtnetlinkSyscalls.RTM_DELLINK, NetlinkSyscalls.NLM_F_REQUEST);
        link(0, 0, out);
        out.attribute(RtnetlinkSyscalls.IFLA_IFNAME, name);
    }

    /** Turns flags on; none is turned off. */
    private static void link(int index, int flags, MessageWriter out) {
        var message = out.struct(RtnetlinkSyscalls.IFINFOMSG);
        message.set(JAVA_BYTE, IFI_FAMILY, (byte) RtnetlinkSyscalls.AF_UNSPEC);
        message.set(JAVA_INT, IFI_INDEX, index);
        message.set(JAVA_INT, IFI_FLAGS, flags);
        message.set(JAVA_INT, IFI_CHANGE, flags);
    }

    private static byte family(InetAddress address) {
        return (byte)
                (address.getAddress().length == 4
                        ? RtnetlinkSyscalls.AF_INET
                        : RtnetlinkSyscalls.AF_INET6);
    }
}
