package io.demitasse.linux.netlink;

/** What can be turned on for a link, without a file below /proc/sys/net. */
public enum LinkSetting {
    /** What arrives there from an address that no route leads back to by this link is dropped. */
    RP_FILTER,
    /** It answers for the hardware addresses of those that are reached by other links. */
    PROXY_ARP,
    /** 127.0.0.0/8 is routed there like other addresses. */
    ROUTE_LOCALNET,
    /** It gives itself no IPv6 address, and asks for no router. On kernels with IPv6 only. */
    NO_IPV6_ADDRESS
}
