package io.demitasse.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/** Raw layer: netlink(7), and the calls of socket(2) that it needs. */
final class NetlinkSyscalls {
    // domain, type and protocol of socket(2)
    static final int AF_NETLINK = 16;
    static final int SOCK_RAW = 3;
    static final int SOCK_CLOEXEC = 02000000;
    static final int NETLINK_ROUTE = 0;

    // level and optname of setsockopt(2)
    static final int SOL_NETLINK = 270;
    static final int NETLINK_CAP_ACK = 10;
    static final int NETLINK_EXT_ACK = 11;

    // nlmsg_type
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;

    // nlmsg_flags of a request
    static final int NLM_F_REQUEST = 0x01;
    static final int NLM_F_ACK = 0x04;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_REPLACE = 0x100;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_CREATE = 0x400;

    // nlmsg_flags of an NLMSG_ERROR
    static final int NLM_F_CAPPED = 0x100;
    static final int NLM_F_ACK_TLVS = 0x200;

    // attributes of an NLMSG_ERROR
    static final int NLMSGERR_ATTR_MSG = 1;

    // nla_type
    static final int NLA_F_NESTED = 1 << 15;
    static final int NLA_TYPE_MASK = ~(1 << 15 | 1 << 14);

    // of messages and, as NLA_ALIGNTO, of attributes
    static final int NLMSG_ALIGNTO = 4;

    static final StructLayout NLMSGHDR =
            MemoryLayout.structLayout(
                    JAVA_INT.withName("nlmsg_len"),
                    JAVA_SHORT.withName("nlmsg_type"),
                    JAVA_SHORT.withName("nlmsg_flags"),
                    JAVA_INT.withName("nlmsg_seq"),
                    JAVA_INT.withName("nlmsg_pid"));

    static final StructLayout NLMSGERR =
            MemoryLayout.structLayout(JAVA_INT.withName("error"), NLMSGHDR.withName("msg"));

    static final StructLayout NLATTR =
            MemoryLayout.structLayout(
                    JAVA_SHORT.withName("nla_len"), JAVA_SHORT.withName("nla_type"));

    private NetlinkSyscalls() {}

    static long socket(CallState state, int domain, int type, int protocol) {
        return Kernel.call(state, SystemCall.SOCKET, domain, type, protocol);
    }

    static long setsockopt(
            CallState state, int sockfd, int level, int optname, MemorySegment optval) {
        return Kernel.call(
                state,
                SystemCall.SETSOCKOPT,
                sockfd,
                level,
                optname,
                optval.address(),
                optval.byteSize());
    }

    /** Without an address: a netlink socket that was not connected talks to the kernel. */
    static long sendto(CallState state, int sockfd, MemorySegment buf, long len, int flags) {
        return Kernel.call(state, SystemCall.SENDTO, sockfd, buf.address(), len, flags, 0, 0);
    }

    static long recvfrom(CallState state, int sockfd, MemorySegment buf, int flags) {
        return Kernel.call(
                state, SystemCall.RECVFROM, sockfd, buf.address(), buf.byteSize(), flags, 0, 0);
    }
}
