package io.demitasse.linux.netlink;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;

/**
 * Writes netlink messages one behind the other into a zeroed buffer.
 *
 * <p>Lengths are filled in when a message or a nest ends, so that nobody counts bytes.
 */
final class MessageWriter {
    private static final long LEN = offset(NetlinkSyscalls.NLMSGHDR, "nlmsg_len");
    private static final long TYPE = offset(NetlinkSyscalls.NLMSGHDR, "nlmsg_type");
    private static final long FLAGS = offset(NetlinkSyscalls.NLMSGHDR, "nlmsg_flags");
    private static final long SEQ = offset(NetlinkSyscalls.NLMSGHDR, "nlmsg_seq");
    private static final long ATTRIBUTE_LEN = offset(NetlinkSyscalls.NLATTR, "nla_len");
    private static final long ATTRIBUTE_TYPE = offset(NetlinkSyscalls.NLATTR, "nla_type");
    private static final long ATTRIBUTE_HEADER = NetlinkSyscalls.NLATTR.byteSize();

    private final MemorySegment buffer;
    private long position;
    private long message;

    MessageWriter(MemorySegment buffer) {
        this.buffer = buffer;
    }

    static long offset(StructLayout struct, String field) {
        return struct.byteOffset(groupElement(field));
    }

    /** {@return how much of the buffer is filled} */
    long length() {
        return position;
    }

    MemorySegment buffer() {
        return buffer;
    }

    void begin(int sequence) {
        message = position;
        position += NetlinkSyscalls.NLMSGHDR.byteSize();
        buffer.set(JAVA_INT, message + SEQ, sequence);
    }

    void type(int type, int flags) {
        buffer.set(JAVA_SHORT, message + TYPE, (short) type);
        buffer.set(JAVA_SHORT, message + FLAGS, (short) flags);
    }

    void end() {
        buffer.set(JAVA_INT, message + LEN, (int) (position - message));
    }

    /** Asks for an acknowledgement of the message that was begun last. */
    void acknowledge() {
        short flags = buffer.get(JAVA_SHORT, message + FLAGS);
        buffer.set(JAVA_SHORT, message + FLAGS, (short) (flags | NetlinkSyscalls.NLM_F_ACK));
    }

    /** Reserves a struct and returns where it is, for the caller to fill. */
    MemorySegment struct(StructLayout layout) {
        var struct = buffer.asSlice(position, layout.byteSize());
        position += layout.byteSize();
        return struct;
    }

    void attribute(int type, int value) {
        header(type, Integer.BYTES);
        buffer.set(JAVA_INT, position, value);
        advance(Integer.BYTES);
    }

    void attribute(int type, byte value) {
        header(type, Byte.BYTES);
        buffer.set(JAVA_BYTE, position, value);
        advance(Byte.BYTES);
    }

    void attribute(int type, byte[] value) {
        header(type, value.length);
        MemorySegment.copy(value, 0, buffer, JAVA_BYTE, position, value.length);
        advance(value.length);
    }

    /** The kernel wants names of links terminated. */
    void attribute(int type, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        header(type, bytes.length + 1);
        MemorySegment.copy(bytes, 0, buffer, JAVA_BYTE, position, bytes.length);
        advance(bytes.length + 1);
    }

    /** Begins an attribute that contains others; what is returned goes to {@link #endNest}. */
    long beginNest(int type) {
        long nest = position;
        header(type | NetlinkSyscalls.NLA_F_NESTED, 0);
        return nest;
    }

    void endNest(long nest) {
        buffer.set(JAVA_SHORT, nest + ATTRIBUTE_LEN, (short) (position - nest));
    }

    private void header(int type, int length) {
        buffer.set(JAVA_SHORT, position + ATTRIBUTE_LEN, (short) (ATTRIBUTE_HEADER + length));
        buffer.set(JAVA_SHORT, position + ATTRIBUTE_TYPE, (short) type);
        position += ATTRIBUTE_HEADER;
    }

    private void advance(int length) {
        position += align(length);
    }

    static long align(long length) {
        return (length + NetlinkSyscalls.NLMSG_ALIGNTO - 1) & -NetlinkSyscalls.NLMSG_ALIGNTO;
    }
}
