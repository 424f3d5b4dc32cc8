package io.demitasse.linux.netlink;

/** Raw layer: ctnetlink, another subsystem of the nfnetlink that {@link NftablesSyscalls} has. */
final class ConntrackSyscalls {
    // upper byte of nlmsg_type
    static final int NFNL_SUBSYS_CTNETLINK = 1;

    // lower byte of nlmsg_type
    static final int IPCTNL_MSG_CT_GET = 1;
    static final int IPCTNL_MSG_CT_DELETE = 2;

    // attributes of a connection
    static final int CTA_TUPLE_ORIG = 1;
    static final int CTA_FILTER = 25;

    // attribute within CTA_TUPLE_ORIG, and those within it
    static final int CTA_TUPLE_PROTO = 2;
    static final int CTA_PROTO_NUM = 1;
    static final int CTA_PROTO_DST_PORT = 3;

    // attributes within CTA_FILTER
    static final int CTA_FILTER_ORIG_FLAGS = 1;
    static final int CTA_FILTER_REPLY_FLAGS = 2;

    // values of CTA_FILTER_ORIG_FLAGS, of the kernel's net/netfilter/nf_internals.h
    static final int CTA_FILTER_F_CTA_PROTO_NUM = 1 << 3;
    static final int CTA_FILTER_F_CTA_PROTO_DST_PORT = 1 << 5;

    private ConntrackSyscalls() {}
}
