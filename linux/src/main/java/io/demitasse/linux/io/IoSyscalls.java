package io.demitasse.linux.io;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * Raw layer: epoll_create1(2), epoll_ctl(2), epoll_pwait(2), eventfd2(2), memfd_create(2),
 * pipe2(2), read(2), write(2), fcntl(2), ioctl(2).
 */
final class IoSyscalls {
    // flags of epoll_create1(2), eventfd(2), pipe2(2): all of them O_CLOEXEC and O_NONBLOCK
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;

    // op of epoll_ctl(2)
    static final int EPOLL_CTL_ADD = 1;
    static final int EPOLL_CTL_DEL = 2;
    static final int EPOLL_CTL_MOD = 3;

    // flags of memfd_create(2)
    static final int MFD_CLOEXEC = 0x0001;
    static final int MFD_ALLOW_SEALING = 0x0002;

    // cmd of fcntl(2)
    static final int F_GETFL = 3;
    static final int F_SETFL = 4;
    static final int F_DUPFD_CLOEXEC = 1030;
    static final int F_ADD_SEALS = 1033;

    // seals of fcntl(2)
    static final int F_SEAL_SEAL = 0x0001;
    static final int F_SEAL_SHRINK = 0x0002;
    static final int F_SEAL_GROW = 0x0004;
    static final int F_SEAL_WRITE = 0x0008;

    // The kernel packs this structure on x86-64 and on no other architecture.
    private static final boolean PACKED = !"aarch64".equals(System.getProperty("os.arch"));

    static final StructLayout EPOLL_EVENT =
            PACKED
                    ? MemoryLayout.structLayout(
                            JAVA_INT.withName("events"), JAVA_LONG_UNALIGNED.withName("data"))
                    : MemoryLayout.structLayout(
                            JAVA_INT.withName("events"),
                            MemoryLayout.paddingLayout(4),
                            JAVA_LONG.withName("data"));

    private IoSyscalls() {}

    static long epoll_create1(CallState state, int flags) {
        return Kernel.call(state, SystemCall.EPOLL_CREATE1, flags);
    }

    static long epoll_ctl(CallState state, int epfd, int op, int fd, MemorySegment event) {
        return Kernel.call(state, SystemCall.EPOLL_CTL, epfd, op, fd, event.address());
    }

    static long epoll_pwait(
            CallState state, int epfd, MemorySegment events, int maxevents, int timeout) {
        return Kernel.call(
                state, SystemCall.EPOLL_PWAIT, epfd, events.address(), maxevents, timeout, 0, 8);
    }

    static long eventfd2(CallState state, int initval, int flags) {
        return Kernel.call(state, SystemCall.EVENTFD2, initval, flags);
    }

    static long memfd_create(CallState state, MemorySegment name, int flags) {
        return Kernel.call(state, SystemCall.MEMFD_CREATE, name.address(), flags);
    }

    static long pipe2(CallState state, MemorySegment pipefd, int flags) {
        return Kernel.call(state, SystemCall.PIPE2, pipefd.address(), flags);
    }

    static long read(CallState state, int fd, MemorySegment buffer, long count) {
        return Kernel.call(state, SystemCall.READ, fd, buffer.address(), count);
    }

    static long write(CallState state, int fd, MemorySegment buffer, long count) {
        return Kernel.call(state, SystemCall.WRITE, fd, buffer.address(), count);
    }

    static long ioctl(CallState state, int fd, long request, MemorySegment argument) {
        return Kernel.call(state, SystemCall.IOCTL, fd, request, argument.address());
    }

    static long fcntl(CallState state, int fd, int cmd, long argument) {
        return Kernel.call(state, SystemCall.FCNTL, fd, cmd, argument);
    }
}
