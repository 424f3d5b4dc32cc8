package io.demitasse.linux.socket;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/** Raw layer: socket(2), socketpair(2), connect(2), sendto(2), sendmsg(2), recvmsg(2), ppoll(2). */
final class SocketSyscalls {
    static final int AF_UNIX = 1;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    // type of socket(2)
    static final int SOCK_STREAM = 1;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_SEQPACKET = 5;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int SOCK_NONBLOCK = 0x800;

    // cmsg_level and cmsg_type of cmsg(3)
    static final int SOL_SOCKET = 1;
    static final int SCM_RIGHTS = 1;

    // flags of sendmsg(2) and recvmsg(2)
    static final int MSG_CTRUNC = 0x8;
    static final int MSG_TRUNC = 0x20;
    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_NOSIGNAL = 0x4000;
    static final int MSG_CMSG_CLOEXEC = 0x40000000;

    // events of ppoll(2)
    static final short POLLIN = 0x001;

    // flags of openat2(2)
    static final long O_DIRECTORY =
            "aarch64".equals(System.getProperty("os.arch")) ? 0x4000 : 0x10000;
    static final long O_CLOEXEC = 0x80000;
    static final long O_PATH = 0x200000;
    static final int AT_FDCWD = -100;

    static final StructLayout SOCKADDR_UN =
            MemoryLayout.structLayout(
                    JAVA_SHORT.withName("sun_family"),
                    MemoryLayout.sequenceLayout(108, java.lang.foreign.ValueLayout.JAVA_BYTE)
                            .withName("sun_path"));

    static final StructLayout IOVEC =
            MemoryLayout.structLayout(ADDRESS.withName("iov_base"), JAVA_LONG.withName("iov_len"));

    static final StructLayout MSGHDR =
            MemoryLayout.structLayout(
                    ADDRESS.withName("msg_name"),
                    JAVA_INT.withName("msg_namelen"),
                    MemoryLayout.paddingLayout(4),
                    ADDRESS.withName("msg_iov"),
                    JAVA_LONG.withName("msg_iovlen"),
                    ADDRESS.withName("msg_control"),
                    JAVA_LONG.withName("msg_controllen"),
                    JAVA_INT.withName("msg_flags"),
                    MemoryLayout.paddingLayout(4));

    static final StructLayout CMSGHDR =
            MemoryLayout.structLayout(
                    JAVA_LONG.withName("cmsg_len"),
                    JAVA_INT.withName("cmsg_level"),
                    JAVA_INT.withName("cmsg_type"));

    static final StructLayout POLLFD =
            MemoryLayout.structLayout(
                    JAVA_INT.withName("fd"),
                    JAVA_SHORT.withName("events"),
                    JAVA_SHORT.withName("revents"));

    static final StructLayout TIMESPEC =
            MemoryLayout.structLayout(JAVA_LONG.withName("tv_sec"), JAVA_LONG.withName("tv_nsec"));

    static final StructLayout OPEN_HOW =
            MemoryLayout.structLayout(
                    JAVA_LONG.withName("flags"),
                    JAVA_LONG.withName("mode"),
                    JAVA_LONG.withName("resolve"));

    private SocketSyscalls() {}

    static long socket(CallState state, int family, int type, int protocol) {
        return Kernel.call(state, SystemCall.SOCKET, family, type, protocol);
    }

    static long socketpair(CallState state, int family, int type, int protocol, MemorySegment sv) {
        return Kernel.call(state, SystemCall.SOCKETPAIR, family, type, protocol, sv.address());
    }

    static long connect(CallState state, int fd, MemorySegment address, int length) {
        return Kernel.call(state, SystemCall.CONNECT, fd, address.address(), length);
    }

    static long sendto(
            CallState state, int fd, MemorySegment data, int flags, MemorySegment to, int length) {
        return Kernel.call(
                state,
                SystemCall.SENDTO,
                fd,
                data.address(),
                data.byteSize(),
                flags,
                to.address(),
                length);
    }

    static long sendmsg(CallState state, int fd, MemorySegment message, int flags) {
        return Kernel.call(state, SystemCall.SENDMSG, fd, message.address(), flags);
    }

    static long recvmsg(CallState state, int fd, MemorySegment message, int flags) {
        return Kernel.call(state, SystemCall.RECVMSG, fd, message.address(), flags);
    }

    static long ppoll(CallState state, MemorySegment fds, int nfds, MemorySegment timeout) {
        return Kernel.call(state, SystemCall.PPOLL, fds.address(), nfds, timeout.address(), 0, 8);
    }

    static long openat2(
            CallState state, int dirfd, MemorySegment path, MemorySegment how, long size) {
        return Kernel.call(state, SystemCall.OPENAT2, dirfd, path.address(), how.address(), size);
    }
}
