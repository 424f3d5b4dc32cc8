package io.demitasse.linux.ffm;

/**
 * The numbers of the system calls that we use, as in {@code asm/unistd.h}.
 *
 * <p>Calls added since Linux 5.1 (424 and up) have one number on every architecture; for the older
 * ones x86-64 and arm64 differ.
 */
public final class SystemCall {
    private static final boolean ARM64 = "aarch64".equals(System.getProperty("os.arch"));

    public static final long READ = number(0, 63);
    public static final long WRITE = number(1, 64);
    public static final long CLOSE = number(3, 57);
    public static final long LSEEK = number(8, 62);
    public static final long MMAP = number(9, 222);
    public static final long MUNMAP = number(11, 215);
    public static final long IOCTL = number(16, 29);
    public static final long PREAD64 = number(17, 67);
    public static final long PWRITE64 = number(18, 68);
    public static final long SENDFILE = number(40, 71);
    public static final long SOCKET = number(41, 198);
    public static final long CONNECT = number(42, 203);
    public static final long SENDTO = number(44, 206);
    public static final long RECVFROM = number(45, 207);
    public static final long SENDMSG = number(46, 211);
    public static final long RECVMSG = number(47, 212);
    public static final long SHUTDOWN = number(48, 210);
    public static final long BIND = number(49, 200);
    public static final long LISTEN = number(50, 201);
    public static final long GETSOCKNAME = number(51, 204);
    public static final long SOCKETPAIR = number(53, 199);
    public static final long SETSOCKOPT = number(54, 208);
    public static final long GETSOCKOPT = number(55, 209);
    public static final long KILL = number(62, 129);
    public static final long FCNTL = number(72, 25);
    public static final long FLOCK = number(73, 32);
    public static final long FSYNC = number(74, 82);
    public static final long FTRUNCATE = number(77, 46);
    public static final long FCHMOD = number(91, 52);
    public static final long FCHOWN = number(93, 55);
    public static final long UMASK = number(95, 166);
    public static final long GETPPID = number(110, 173);
    public static final long CAPGET = number(125, 90);
    public static final long STATFS = number(137, 43);
    public static final long FSTATFS = number(138, 44);
    public static final long SETPRIORITY = number(141, 140);
    public static final long PIVOT_ROOT = number(155, 41);
    public static final long SETRESUID = number(117, 147);
    public static final long PRCTL = number(157, 167);
    public static final long MOUNT = number(165, 40);
    public static final long UMOUNT2 = number(166, 39);
    public static final long SETHOSTNAME = number(170, 161);
    public static final long GETTID = number(186, 178);
    public static final long SETXATTR = number(188, 5);
    public static final long LSETXATTR = number(189, 6);
    public static final long FSETXATTR = number(190, 7);
    public static final long GETXATTR = number(191, 8);
    public static final long LGETXATTR = number(192, 9);
    public static final long FGETXATTR = number(193, 10);
    public static final long FLISTXATTR = number(196, 13);
    public static final long GETDENTS64 = number(217, 61);
    public static final long FADVISE64 = number(221, 223);
    public static final long EPOLL_CTL = number(233, 21);
    public static final long WAITID = number(247, 95);
    public static final long INOTIFY_ADD_WATCH = number(254, 27);
    public static final long INOTIFY_RM_WATCH = number(255, 28);
    public static final long OPENAT = number(257, 56);
    public static final long MKDIRAT = number(258, 34);
    public static final long MKNODAT = number(259, 33);
    public static final long FCHOWNAT = number(260, 54);
    public static final long NEWFSTATAT = number(262, 79);
    public static final long UNLINKAT = number(263, 35);
    public static final long LINKAT = number(265, 37);
    public static final long SYMLINKAT = number(266, 36);
    public static final long READLINKAT = number(267, 78);
    public static final long FCHMODAT = number(268, 53);
    public static final long PPOLL = number(271, 73);
    public static final long UNSHARE = number(272, 97);
    public static final long UTIMENSAT = number(280, 88);
    public static final long EPOLL_PWAIT = number(281, 22);
    public static final long TIMERFD_CREATE = number(283, 85);
    public static final long FALLOCATE = number(285, 47);
    public static final long TIMERFD_SETTIME = number(286, 86);
    public static final long ACCEPT4 = number(288, 242);
    public static final long EVENTFD2 = number(290, 19);
    public static final long EPOLL_CREATE1 = number(291, 20);
    public static final long DUP3 = number(292, 24);
    public static final long PIPE2 = number(293, 59);
    public static final long INOTIFY_INIT1 = number(294, 26);
    public static final long PRLIMIT64 = number(302, 261);
    public static final long SYNCFS = number(306, 267);
    public static final long SETNS = number(308, 268);
    public static final long RENAMEAT2 = number(316, 276);
    public static final long SECCOMP = number(317, 277);
    public static final long MEMFD_CREATE = number(319, 279);
    public static final long BPF = number(321, 280);
    public static final long COPY_FILE_RANGE = number(326, 285);
    public static final long STATX = number(332, 291);

    public static final long PIDFD_SEND_SIGNAL = 424;
    public static final long OPEN_TREE = 428;
    public static final long MOVE_MOUNT = 429;
    public static final long FSOPEN = 430;
    public static final long FSCONFIG = 431;
    public static final long FSMOUNT = 432;
    public static final long FSPICK = 433;
    public static final long PIDFD_OPEN = 434;
    public static final long CLONE3 = 435;
    public static final long CLOSE_RANGE = 436;
    public static final long OPENAT2 = 437;
    public static final long PIDFD_GETFD = 438;
    public static final long MOUNT_SETATTR = 442;
    public static final long QUOTACTL_FD = 443;
    public static final long STATMOUNT = 457;
    public static final long LISTMOUNT = 458;

    private SystemCall() {}

    private static long number(long x86, long arm64) {
        return ARM64 ? arm64 : x86;
    }
}
