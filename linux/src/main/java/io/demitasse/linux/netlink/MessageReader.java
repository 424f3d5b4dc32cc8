package io.demitasse.linux.netlink;

import static io.demitasse.linux.netlink.MessageWriter.offset;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads the netlink messages of one datagram, one after the other. */
final class MessageReader {
    private static final long LEN = offset(NetlinkSyscalls.NLMSGHDR, "nlmsg_len");
    private static final long TYPE = offset(NetlinkSyscalls.NLMSGHDR, "nlmsg_type");
    private static final long FLAGS = offset(NetlinkSyscalls.NLMSGHDR, "nlmsg_flags");
    private static final long SEQ = offset(NetlinkSyscalls.NLMSGHDR, "nlmsg_seq");
    private static final long HEADER = NetlinkSyscalls.NLMSGHDR.byteSize();
    private static final long ERROR = HEADER + offset(NetlinkSyscalls.NLMSGERR, "error");
    private static final long REFUSED_LEN = HEADER + offset(NetlinkSyscalls.NLMSGERR, "msg") + LEN;
    private static final long ERROR_END = HEADER + NetlinkSyscalls.NLMSGERR.byteSize();
    private static final long ATTRIBUTE_LEN = offset(NetlinkSyscalls.NLATTR, "nla_len");
    private static final long ATTRIBUTE_TYPE = offset(NetlinkSyscalls.NLATTR, "nla_type");
    private static final long ATTRIBUTE_HEADER = NetlinkSyscalls.NLATTR.byteSize();
    private static final long INDEX = HEADER + offset(RtnetlinkSyscalls.IFINFOMSG, "ifi_index");
    private static final long LINK_FLAGS =
            HEADER + offset(RtnetlinkSyscalls.IFINFOMSG, "ifi_flags");

    private final MemorySegment datagram;
    private long message;
    private long end;

    MessageReader(MemorySegment datagram) {
        this.datagram = datagram;
    }

    /** Steps to the next message; false if there is none. */
    boolean next() {
        message = MessageWriter.align(end);
        if (message + HEADER > datagram.byteSize()) {
            return false;
        }
        end = message + datagram.get(JAVA_INT, message + LEN);
        return end <= datagram.byteSize();
    }

    int type() {
        return datagram.get(JAVA_SHORT, message + TYPE);
    }

    int sequence() {
        return datagram.get(JAVA_INT, message + SEQ);
    }

    /** {@return the negated errno of an NLMSG_ERROR; zero if it is an acknowledgement} */
    int error() {
        return datagram.get(JAVA_INT, message + ERROR);
    }

    /** {@return why the kernel says it refused; often nothing} */
    String explanation() {
        int flags = datagram.get(JAVA_SHORT, message + FLAGS);
        if ((flags & NetlinkSyscalls.NLM_F_ACK_TLVS) == 0) {
            return "";
        }
        // Uncapped, the refused request stands between the error and its attributes.
        long echoed =
                (flags & NetlinkSyscalls.NLM_F_CAPPED) != 0
                        ? 0
                        : datagram.get(JAVA_INT, message + REFUSED_LEN) - HEADER;
        long attribute = attribute(message + ERROR_END + echoed, NetlinkSyscalls.NLMSGERR_ATTR_MSG);
        return attribute == 0 ? "" : string(attribute);
    }

    /** {@return the link that an RTM_NEWLINK describes} */
    Link link() {
        long first = message + HEADER + RtnetlinkSyscalls.IFINFOMSG.byteSize();
        long name = attribute(first, RtnetlinkSyscalls.IFLA_IFNAME);
        return new Link(
                datagram.get(JAVA_INT, message + INDEX),
                name == 0 ? "" : string(name),
                (datagram.get(JAVA_INT, message + LINK_FLAGS) & RtnetlinkSyscalls.IFF_UP) != 0,
                number(first, RtnetlinkSyscalls.IFLA_MTU),
                number(first, RtnetlinkSyscalls.IFLA_MASTER),
                number(first, RtnetlinkSyscalls.IFLA_GROUP),
                number(first, RtnetlinkSyscalls.IFLA_LINK));
    }

    /** {@return the counters of the link that an RTM_NEWLINK describes, if it has them} */
    Optional<LinkCounters> counters() {
        long first = message + HEADER + RtnetlinkSyscalls.IFINFOMSG.byteSize();
        long stats = attribute(first, RtnetlinkSyscalls.IFLA_STATS64);
        if (stats == 0) {
            return Optional.empty();
        }
        long at = stats + ATTRIBUTE_HEADER;
        return Optional.of(new LinkCounters(direction(at, "rx_"), direction(at, "tx_")));
    }

    private LinkCounters.Direction direction(long stats, String prefix) {
        return new LinkCounters.Direction(
                counter(stats, prefix + "bytes"),
                counter(stats, prefix + "packets"),
                counter(stats, prefix + "errors"),
                counter(stats, prefix + "dropped"));
    }

    private long counter(long stats, String name) {
        long offset = offset(RtnetlinkSyscalls.RTNL_LINK_STATS64, name);
        return datagram.get(JAVA_LONG_UNALIGNED, stats + offset);
    }

    /** {@return the bytes of the tuple by which the connection began that a message describes} */
    byte[] originalTuple() {
        long first = message + HEADER + NftablesSyscalls.NFGENMSG.byteSize();
        long tuple = attribute(first, ConntrackSyscalls.CTA_TUPLE_ORIG);
        if (tuple == 0) {
            throw new IllegalStateException("a connection without CTA_TUPLE_ORIG");
        }
        return bytes(tuple);
    }

    /** {@return where the attribute is, or zero, where none can be} */
    private long attribute(long first, int type) {
        long at = first;
        while (at + ATTRIBUTE_HEADER <= end) {
            int length = datagram.get(JAVA_SHORT, at + ATTRIBUTE_LEN) & 0xffff;
            if (length < ATTRIBUTE_HEADER || at + length > end) {
                return 0;
            }
            int found = datagram.get(JAVA_SHORT, at + ATTRIBUTE_TYPE) & 0xffff;
            if ((found & NetlinkSyscalls.NLA_TYPE_MASK) == type) {
                return at;
            }
            at += MessageWriter.align(length);
        }
        return 0;
    }

    /** {@return the value of an attribute, or zero, where there is none} */
    private int number(long first, int type) {
        long attribute = attribute(first, type);
        return attribute == 0 ? 0 : datagram.get(JAVA_INT, attribute + ATTRIBUTE_HEADER);
    }

    /** The kernel terminates its strings within the attribute. */
    private String string(long attribute) {
        byte[] bytes = bytes(attribute);
        int size = bytes.length;
        while (size > 0 && bytes[size - 1] == 0) {
            size--;
        }
        return new String(bytes, 0, size, StandardCharsets.UTF_8);
    }

    private byte[] bytes(long attribute) {
        int length = datagram.get(JAVA_SHORT, attribute + ATTRIBUTE_LEN) & 0xffff;
        return datagram.asSlice(attribute + ATTRIBUTE_HEADER, length - ATTRIBUTE_HEADER)
                .toArray(JAVA_BYTE);
    }
}
