package io.demitasse.linux.socket;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.demitasse.linux.Fd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A msghdr with one iovec and room for one control message of descriptors. See cmsg(3). */
final class Message {
    /** SCM_MAX_FD: the kernel refuses to send more with one message. */
    static final int MAX_FDS = 253;

    private static final long RIGHTS_OFFSET = SocketSyscalls.CMSGHDR.byteSize();
    private static final VarHandle CMSG_LEN =
            SocketSyscalls.CMSGHDR.varHandle(groupElement("cmsg_len"));
    private static final VarHandle CMSG_LEVEL =
            SocketSyscalls.CMSGHDR.varHandle(groupElement("cmsg_level"));
    private static final VarHandle CMSG_TYPE =
            SocketSyscalls.CMSGHDR.varHandle(groupElement("cmsg_type"));
    private static final VarHandle MSG_CONTROL =
            SocketSyscalls.MSGHDR.varHandle(groupElement("msg_control"));
    private static final VarHandle MSG_CONTROLLEN =
            SocketSyscalls.MSGHDR.varHandle(groupElement("msg_controllen"));

    private final MemorySegment header;
    private final MemorySegment data;
    private final MemorySegment control;

    Message(Arena arena, int bytes, int fds) {
        header = arena.allocate(SocketSyscalls.MSGHDR);
        data = arena.allocate(Math.max(1, bytes));
        control = arena.allocate(RIGHTS_OFFSET + alignedRights(fds), 8);
        var vector = arena.allocate(SocketSyscalls.IOVEC);
        SocketSyscalls.IOVEC.varHandle(groupElement("iov_base")).set(vector, 0L, data);
        SocketSyscalls.IOVEC.varHandle(groupElement("iov_len")).set(vector, 0L, (long) bytes);
        SocketSyscalls.MSGHDR.varHandle(groupElement("msg_iov")).set(header, 0L, vector);
        SocketSyscalls.MSGHDR.varHandle(groupElement("msg_iovlen")).set(header, 0L, 1L);
        if (fds > 0) {
            MSG_CONTROL.set(header, 0L, control);
            MSG_CONTROLLEN.set(header, 0L, control.byteSize());
        }
    }

    private static long alignedRights(int fds) {
        return (fds * 4L + 7) & ~7L;
    }

    MemorySegment header() {
        return header;
    }

    MemorySegment data() {
        return data;
    }

    void attach(List<Fd> fds) {
        if (fds.isEmpty()) {
            return;
        }
        CMSG_LEN.set(control, 0L, RIGHTS_OFFSET + fds.size() * 4L);
        CMSG_LEVEL.set(control, 0L, SocketSyscalls.SOL_SOCKET);
        CMSG_TYPE.set(control, 0L, SocketSyscalls.SCM_RIGHTS);
        for (int i = 0; i < fds.size(); i++) {
            control.set(JAVA_INT, RIGHTS_OFFSET + i * 4L, fds.get(i).number());
        }
    }

    /** Takes ownership of what the kernel installed. An end of file leaves the header untouched. */
    Packet received(byte[] bytes, boolean end) {
        var fds = new ArrayList<Fd>();
        long length = (long) MSG_CONTROLLEN.get(header, 0L);
        if (!end && length >= RIGHTS_OFFSET && isRights()) {
            long count = ((long) CMSG_LEN.get(control, 0L) - RIGHTS_OFFSET) / 4;
            for (long i = 0; i < count; i++) {
                fds.add(Fd.owning(control.get(JAVA_INT, RIGHTS_OFFSET + i * 4), "received"));
            }
        }
        return new Packet(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), fds);
    }

    private boolean isRights() {
        return (int) CMSG_LEVEL.get(control, 0L) == SocketSyscalls.SOL_SOCKET
                && (int) CMSG_TYPE.get(control, 0L) == SocketSyscalls.SCM_RIGHTS;
    }
}
