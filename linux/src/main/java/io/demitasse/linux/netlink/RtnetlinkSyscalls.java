package io.demitasse.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

/** Raw layer: rtnetlink(7), the messages that {@link NetlinkSyscalls} carries. */
final class RtnetlinkSyscalls {
    // nlmsg_type
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTM_NEWADDR = 20;
    static final int RTM_NEWROUTE = 24;

    // family
    static final int AF_UNSPEC = 0;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    // ifi_flags
    static final int IFF_UP = 1;
    static final int IFF_NOARP = 1 << 7;

    // attributes of a link
    static final int IFLA_ADDRESS = 1;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_LINK = 5;
    static final int IFLA_MASTER = 10;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_STATS64 = 23;
    static final int IFLA_AF_SPEC = 26;
    static final int IFLA_GROUP = 27;
    static final int IFLA_NET_NS_FD = 28;
    static final int IFLA_EXT_MASK = 29;
    static final int IFLA_NUM_TX_QUEUES = 31;
    static final int IFLA_NUM_RX_QUEUES = 32;

    // IFLA_EXT_MASK
    static final int RTEXT_FILTER_SKIP_STATS = 1 << 3;

    // attributes within IFLA_LINKINFO
    static final int IFLA_INFO_KIND = 1;
    static final int IFLA_INFO_DATA = 2;

    // attribute within IFLA_INFO_DATA of a veth
    static final int VETH_INFO_PEER = 1;

    // attribute within the AF_INET of IFLA_AF_SPEC, and those within it
    static final int IFLA_INET_CONF = 1;
    static final int IPV4_DEVCONF_PROXY_ARP = 3;
    static final int IPV4_DEVCONF_RP_FILTER = 8;
    static final int IPV4_DEVCONF_ROUTE_LOCALNET = 26;

    // attribute within the AF_INET6 of IFLA_AF_SPEC, and its value
    static final int IFLA_INET6_ADDR_GEN_MODE = 8;
    static final int IN6_ADDR_GEN_MODE_NONE = 1;

    // attributes of an address
    static final int IFA_ADDRESS = 1;
    static final int IFA_LOCAL = 2;

    // attributes of a route
    static final int RTA_DST = 1;
    static final int RTA_OIF = 4;
    static final int RTA_GATEWAY = 5;
    static final int RTA_PRIORITY = 6;
    static final int RTA_PREFSRC = 7;

    // rtm_flags
    static final int RTNH_F_ONLINK = 4;

    // rtm_table, rtm_protocol, rtm_scope, rtm_type
    static final int RT_TABLE_MAIN = 254;
    static final int RTPROT_BOOT = 3;
    static final int RT_SCOPE_UNIVERSE = 0;
    static final int RT_SCOPE_LINK = 253;
    static final int RTN_UNICAST = 1;
    static final int RTN_UNREACHABLE = 7;

    static final StructLayout IFINFOMSG =
            MemoryLayout.structLayout(
                    JAVA_BYTE.withName("ifi_family"),
                    MemoryLayout.paddingLayout(1),
                    JAVA_SHORT.withName("ifi_type"),
                    JAVA_INT.withName("ifi_index"),
                    JAVA_INT.withName("ifi_flags"),
                    JAVA_INT.withName("ifi_change"));

    static final StructLayout IFADDRMSG =
            MemoryLayout.structLayout(
                    JAVA_BYTE.withName("ifa_family"),
                    JAVA_BYTE.withName("ifa_prefixlen"),
                    JAVA_BYTE.withName("ifa_flags"),
                    JAVA_BYTE.withName("ifa_scope"),
                    JAVA_INT.withName("ifa_index"));

    static final StructLayout RTMSG =
            MemoryLayout.structLayout(
                    JAVA_BYTE.withName("rtm_family"),
                    JAVA_BYTE.withName("rtm_dst_len"),
                    JAVA_BYTE.withName("rtm_src_len"),
                    JAVA_BYTE.withName("rtm_tos"),
                    JAVA_BYTE.withName("rtm_table"),
                    JAVA_BYTE.withName("rtm_protocol"),
                    JAVA_BYTE.withName("rtm_scope"),
                    JAVA_BYTE.withName("rtm_type"),
                    JAVA_INT.withName("rtm_flags"));

    /** The counters that we read stand at its beginning. */
    static final StructLayout RTNL_LINK_STATS64 =
            MemoryLayout.structLayout(
                    JAVA_LONG.withName("rx_packets"),
                    JAVA_LONG.withName("tx_packets"),
                    JAVA_LONG.withName("rx_bytes"),
                    JAVA_LONG.withName("tx_bytes"),
                    JAVA_LONG.withName("rx_errors"),
                    JAVA_LONG.withName("tx_errors"),
                    JAVA_LONG.withName("rx_dropped"),
                    JAVA_LONG.withName("tx_dropped"));

    private RtnetlinkSyscalls() {}
}
