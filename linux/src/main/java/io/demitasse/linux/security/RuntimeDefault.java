package io.demitasse.linux.security;

import static io.demitasse.linux.security.Capability.CAP_BPF;
import static io.demitasse.linux.security.Capability.CAP_DAC_READ_SEARCH;
import static io.demitasse.linux.security.Capability.CAP_PERFMON;
import static io.demitasse.linux.security.Capability.CAP_SYSLOG;
import static io.demitasse.linux.security.Capability.CAP_SYS_ADMIN;
import static io.demitasse.linux.security.Capability.CAP_SYS_BOOT;
import static io.demitasse.linux.security.Capability.CAP_SYS_CHROOT;
import static io.demitasse.linux.security.Capability.CAP_SYS_MODULE;
import static io.demitasse.linux.security.Capability.CAP_SYS_NICE;
import static io.demitasse.linux.security.Capability.CAP_SYS_PACCT;
import static io.demitasse.linux.security.Capability.CAP_SYS_PTRACE;
import static io.demitasse.linux.security.Capability.CAP_SYS_RAWIO;
import static io.demitasse.linux.security.Capability.CAP_SYS_TIME;
import static io.demitasse.linux.security.Capability.CAP_SYS_TTY_CONFIG;

import io.demitasse.linux.Errno;
import io.demitasse.linux.security.SeccompProfile.Action;
import io.demitasse.linux.security.SeccompProfile.Comparison;
import io.demitasse.linux.security.SeccompProfile.Condition;
import io.demitasse.linux.security.SeccompProfile.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The policy behind {@code RuntimeDefault}: what containerd and Docker allow, as a list of calls.
 *
 * <p>The rest fails with EPERM. A call may be in the list under a capability that it needs anyway:
 * without it the kernel would refuse most of its uses, and the filter refuses the others.
 */
public final class RuntimeDefault {
    private static final Action ALLOW = new Action.Allow();

    /** Harmless, or guarded by the kernel's own checks. Names of all architectures together. */
    private static final List<String> ALWAYS =
            words(
                    """
                    accept accept4 access adjtimex alarm bind brk cachestat capget capset chdir chmod
                    chown chown32 clock_adjtime clock_adjtime64 clock_getres clock_getres_time64
                    clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 close
                    close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1
                    epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
                    eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64
                    fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat
                    fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat
                    fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex futex_requeue
                    futex_time64 futex_wait futex_waitv futex_wake futimesat getcpu getcwd getdents
                    getdents64 getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
                    getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid
                    getresgid32 getresuid getresuid32 getrlimit get_robust_list getrusage getsid
                    getsockname getsockopt get_thread_area gettid gettimeofday getuid getuid32 getxattr
                    getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel
                    ioctl io_destroy io_getevents io_pgetevents io_pgetevents_time64 ioprio_get
                    ioprio_set io_setup io_submit ipc kill landlock_add_rule landlock_create_ruleset
                    landlock_restrict_self lchown lchown32 lgetxattr link linkat listen listmount
                    listxattr listxattrat llistxattr _llseek lremovexattr lseek lsetxattr
                    lsm_get_self_attr lsm_list_modules lsm_set_self_attr lstat lstat64 madvise
                    membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock
                    mlock2 mlockall map_shadow_stack mmap mmap2 mprotect mq_getsetattr mq_notify mq_open
                    mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink
                    mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap
                    name_to_handle_at nanosleep newfstatat _newselect open openat openat2 pause
                    pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll
                    ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_mrelease
                    process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace pwrite64 pwritev
                    pwritev2 read readahead readlink readlinkat readv recv recvfrom recvmmsg
                    recvmmsg_time64 recvmsg remap_file_pages removexattr removexattrat rename renameat
                    renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask
                    rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64
                    rt_tgsigqueueinfo sched_getaffinity sched_getattr sched_getparam
                    sched_get_priority_max sched_get_priority_min sched_getscheduler
                    sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr
                    sched_setparam sched_setscheduler sched_yield seccomp select semctl semget semop
                    semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto
                    setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32
                    setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid
                    setresuid32 setreuid setreuid32 setrlimit set_robust_list setsid setsockopt
                    set_thread_area set_tid_address setuid setuid32 setxattr setxattrat shmat shmctl
                    shmdt shmget shutdown sigaltstack signalfd signalfd4 sigprocmask sigreturn
                    socketcall socketpair splice stat stat64 statfs statfs64 statmount statx symlink
                    symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create
                    timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime
                    timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime
                    timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask uname unlink
                    unlinkat uretprobe utime utimensat utimensat_time64 utimes vfork vmsplice wait4
                    waitid waitpid write writev
                    """);

    /** Architecture's own calls; a name that an architecture does not have is skipped for it. */
    private static final List<String> OF_ARCHITECTURE =
            words(
                    """
                    arch_prctl modify_ldt
                    arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls
                    """);

    private static final Map<Capability, List<String>> WITH_CAPABILITY = withCapability();

    // AF_VSOCK reaches the hypervisor and other guests past every network policy; AF_ALG is a large
    // interface to the kernel's cryptography that containers do not need. Newer families are
    // unknown to this list and therefore refused.
    private static final int AF_ALG = 38;
    private static final int AF_NFC = 39;
    private static final List<Integer> FAMILIES_ABOVE_VSOCK = List.of(41, 42, 43, 44, 45);

    /** PER_LINUX, PER_LINUX32, each also with UNAME26, and the query that changes nothing. */
    private static final List<Long> PERSONALITIES =
            List.of(0x0L, 0x0008L, 0x20000L, 0x20008L, 0xffffffffL);

    /** NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
    private static final long CLONE_NAMESPACES = 0x7e020000L;

    private RuntimeDefault() {}

    /** {@return the policy for a container with this bounding set} */
    public static SeccompProfile profile(CapabilitySet bounding) {
        var rules = new ArrayList<Rule>();
        rules.add(allow(ALWAYS));
        rules.add(allow(OF_ARCHITECTURE));
        addSocketRules(rules);
        for (long personality : PERSONALITIES) {
            rules.add(allow("personality", Condition.of(0, Comparison.EQUAL, personality)));
        }
        WITH_CAPABILITY.forEach((capability, calls) -> {
            if (bounding.contains(capability)) {
                rules.add(allow(calls));
            }
        });
        if (!bounding.contains(CAP_SYS_ADMIN)) {
            rules.add(allow("clone", Condition.masked(0, CLONE_NAMESPACES, 0)));
            // its flags are behind a pointer, where a filter cannot look; on ENOSYS libc uses clone
            rules.add(new Rule(List.of("clone3"), new Action.Fail(Errno.ENOSYS), List.of()));
        }
        return new SeccompProfile(new Action.Fail(Errno.EPERM), rules);
    }

    private static void addSocketRules(List<Rule> rules) {
        rules.add(allow("socket", Condition.of(0, Comparison.LESS, AF_ALG)));
        rules.add(allow("socket", Condition.of(0, Comparison.EQUAL, AF_NFC)));
        for (int family : FAMILIES_ABOVE_VSOCK) {
            rules.add(allow("socket", Condition.of(0, Comparison.EQUAL, family)));
        }
    }

    private static Rule allow(List<String> calls) {
        return new Rule(calls, ALLOW, List.of());
    }

    private static Rule allow(String call, Condition condition) {
        return new Rule(List.of(call), ALLOW, List.of(condition));
    }

    private static Map<Capability, List<String>> withCapability() {
        var calls = new LinkedHashMap<Capability, List<String>>();
        calls.put(CAP_DAC_READ_SEARCH, words("open_by_handle_at"));
        calls.put(
                CAP_SYS_ADMIN,
                words(
                        """
                        bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount
                        mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd
                        setdomainname sethostname setns syslog umount umount2 unshare
                        """));
        calls.put(CAP_SYS_BOOT, words("reboot"));
        calls.put(CAP_SYS_CHROOT, words("chroot"));
        calls.put(CAP_SYS_MODULE, words("delete_module init_module finit_module"));
        calls.put(CAP_SYS_PACCT, words("acct"));
        calls.put(CAP_SYS_PTRACE, words("kcmp pidfd_getfd process_madvise"));
        calls.put(CAP_SYS_RAWIO, words("iopl ioperm"));
        calls.put(CAP_SYS_TIME, words("settimeofday stime clock_settime clock_settime64"));
        calls.put(CAP_SYS_TTY_CONFIG, words("vhangup"));
        calls.put(CAP_SYS_NICE, words("get_mempolicy mbind set_mempolicy set_mempolicy_home_node"));
        calls.put(CAP_SYSLOG, words("syslog"));
        calls.put(CAP_BPF, words("bpf"));
        calls.put(CAP_PERFMON, words("perf_event_open"));
        return calls;
    }

    private static List<String> words(String text) {
        return List.of(text.strip().split("\\s+"));
    }
}
