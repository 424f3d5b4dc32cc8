package io.demitasse.linux.namespace;

import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.MemorySegment;

/** Raw layer: namespaces(7), unshare(2), setns(2), sethostname(2), ioctl_ns(2), and their files. */
final class NamespaceSyscalls {
    // flags of unshare(2), nstype of setns(2), answer of NS_GET_NSTYPE
    static final int CLONE_NEWUTS = 0x04000000;
    static final int CLONE_NEWIPC = 0x08000000;
    static final int CLONE_NEWUSER = 0x10000000;
    static final int CLONE_NEWNET = 0x40000000;

    // request of ioctl_ns(2): _IO(0xb7, 0x3)
    static final int NS_GET_NSTYPE = 0xb703;

    // dirfd and flags of openat(2)
    static final int AT_FDCWD = -100;
    static final int O_RDONLY = 0;
    static final int O_CLOEXEC = 02000000;

    // mode of mknodat(2)
    static final int S_IFREG = 0100000;

    // mountflags of mount(2)
    static final int MS_BIND = 4096;

    // flags of umount2(2)
    static final int MNT_DETACH = 2;
    static final int UMOUNT_NOFOLLOW = 8;

    private NamespaceSyscalls() {}

    static long unshare(CallState state, int flags) {
        return Kernel.call(state, SystemCall.UNSHARE, flags);
    }

    static long setns(CallState state, int fd, int nstype) {
        return Kernel.call(state, SystemCall.SETNS, fd, nstype);
    }

    /** Of the calling thread alone, where libc's would change all of them. */
    static long setresuid(CallState state, int ruid, int euid, int suid) {
        return Kernel.call(state, SystemCall.SETRESUID, ruid, euid, suid);
    }

    static long sethostname(CallState state, MemorySegment name, long len) {
        return Kernel.call(state, SystemCall.SETHOSTNAME, name.address(), len);
    }

    static long ioctl(CallState state, int fd, int request) {
        return Kernel.call(state, SystemCall.IOCTL, fd, request);
    }

    static long openat(CallState state, int dirfd, MemorySegment pathname, int flags) {
        return Kernel.call(state, SystemCall.OPENAT, dirfd, pathname.address(), flags, 0);
    }

    static long mknodat(CallState state, int dirfd, MemorySegment pathname, int mode) {
        return Kernel.call(state, SystemCall.MKNODAT, dirfd, pathname.address(), mode, 0);
    }

    static long unlinkat(CallState state, int dirfd, MemorySegment pathname) {
        return Kernel.call(state, SystemCall.UNLINKAT, dirfd, pathname.address(), 0);
    }

    static long mount(
            CallState state, MemorySegment source, MemorySegment target, long mountflags) {
        return Kernel.call(
                state, SystemCall.MOUNT, source.address(), target.address(), 0, mountflags, 0);
    }

    static long umount2(CallState state, MemorySegment target, int flags) {
        return Kernel.call(state, SystemCall.UMOUNT2, target.address(), flags);
    }
}
