package io.demitasse.linux.cgroup;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * Raw layer: the calls that cgroupfs needs, openat2(2), mkdirat(2), fchmodat(2), unlinkat(2),
 * ppoll(2) ...
 */
final class CgroupSyscalls {
    // dirfd of openat2(2), mkdirat(2), fchmodat(2) and unlinkat(2)
    static final int AT_FDCWD = -100;

    // flags of open_how; O_DIRECTORY is one of the few that differ between architectures
    static final long O_RDONLY = 0;
    static final long O_WRONLY = 01;
    static final long O_CLOEXEC = 02000000;
    static final long O_DIRECTORY =
            "aarch64".equals(System.getProperty("os.arch")) ? 040000 : 0200000;

    // flags of unlinkat(2)
    static final int AT_REMOVEDIR = 0x200;

    // events of pollfd
    static final short POLLPRI = 0x002;

    // f_type of statfs
    static final long CGROUP2_SUPER_MAGIC = 0x63677270;

    static final StructLayout OPEN_HOW =
            MemoryLayout.structLayout(
                    JAVA_LONG.withName("flags"),
                    JAVA_LONG.withName("mode"),
                    JAVA_LONG.withName("resolve"));

    static final StructLayout POLLFD =
            MemoryLayout.structLayout(
                    JAVA_INT.withName("fd"),
                    JAVA_SHORT.withName("events"),
                    JAVA_SHORT.withName("revents"));

    static final StructLayout TIMESPEC =
            MemoryLayout.structLayout(JAVA_LONG.withName("tv_sec"), JAVA_LONG.withName("tv_nsec"));

    static final StructLayout STATFS =
            MemoryLayout.structLayout(
                    JAVA_LONG.withName("f_type"),
                    JAVA_LONG.withName("f_bsize"),
                    JAVA_LONG.withName("f_blocks"),
                    JAVA_LONG.withName("f_bfree"),
                    JAVA_LONG.withName("f_bavail"),
                    JAVA_LONG.withName("f_files"),
                    JAVA_LONG.withName("f_ffree"),
                    MemoryLayout.sequenceLayout(2, JAVA_INT).withName("f_fsid"),
                    JAVA_LONG.withName("f_namelen"),
                    JAVA_LONG.withName("f_frsize"),
                    JAVA_LONG.withName("f_flags"),
                    MemoryLayout.sequenceLayout(4, JAVA_LONG).withName("f_spare"));

    private CgroupSyscalls() {}

    static int openat2(CallState state, int dirfd, MemorySegment path, MemorySegment how) {
        return (int)
                Kernel.call(
                        state,
                        SystemCall.OPENAT2,
                        dirfd,
                        path.address(),
                        how.address(),
                        how.byteSize());
    }

    static int mkdirat(CallState state, int dirfd, MemorySegment path, int mode) {
        return (int) Kernel.call(state, SystemCall.MKDIRAT, dirfd, path.address(), mode);
    }

    static int fchmodat(CallState state, int dirfd, MemorySegment path, int mode) {
        return (int) Kernel.call(state, SystemCall.FCHMODAT, dirfd, path.address(), mode);
    }

    static int unlinkat(CallState state, int dirfd, MemorySegment path, int flags) {
        return (int) Kernel.call(state, SystemCall.UNLINKAT, dirfd, path.address(), flags);
    }

    static long write(CallState state, int fd, MemorySegment bytes) {
        return Kernel.call(state, SystemCall.WRITE, fd, bytes.address(), bytes.byteSize());
    }

    static long pread64(CallState state, int fd, MemorySegment into, long offset) {
        return Kernel.call(state, SystemCall.PREAD64, fd, into.address(), into.byteSize(), offset);
    }

    static int ppoll(CallState state, MemorySegment fds, int nfds, MemorySegment timeout) {
        return (int)
                Kernel.call(state, SystemCall.PPOLL, fds.address(), nfds, timeout.address(), 0, 0);
    }

    static int statfs(CallState state, MemorySegment path, MemorySegment into) {
        return (int) Kernel.call(state, SystemCall.STATFS, path.address(), into.address());
    }
}
