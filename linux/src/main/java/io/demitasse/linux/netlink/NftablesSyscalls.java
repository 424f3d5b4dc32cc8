package io.demitasse.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

/** Raw layer: nfnetlink and nf_tables, the messages that {@link NetlinkSyscalls} carries. */
final class NftablesSyscalls {
    // protocol of socket(2)
    static final int NETLINK_NETFILTER = 12;

    // upper byte of nlmsg_type, and res_id of a batch
    static final int NFNL_SUBSYS_NFTABLES = 10;

    // nlmsg_type of what encloses a batch
    static final int NFNL_MSG_BATCH_BEGIN = 16;
    static final int NFNL_MSG_BATCH_END = 17;

    // lower byte of nlmsg_type
    static final int NFT_MSG_NEWSETELEM = 12;
    static final int NFT_MSG_DELSETELEM = 14;

    // nfgen_family
    static final int NFPROTO_UNSPEC = 0;
    static final int NFPROTO_IPV4 = 2;

    // attributes of a list of elements
    static final int NFTA_SET_ELEM_LIST_TABLE = 1;
    static final int NFTA_SET_ELEM_LIST_SET = 2;
    static final int NFTA_SET_ELEM_LIST_ELEMENTS = 3;
    static final int NFTA_LIST_ELEM = 1;

    // attributes of an element
    static final int NFTA_SET_ELEM_KEY = 1;
    static final int NFTA_SET_ELEM_DATA = 2;
    static final int NFTA_DATA_VALUE = 1;

    static final StructLayout NFGENMSG =
            MemoryLayout.structLayout(
                    JAVA_BYTE.withName("nfgen_family"),
                    JAVA_BYTE.withName("version"),
                    JAVA_SHORT.withName("res_id"));

    private NftablesSyscalls() {}
}
