/* What the kernel has and musl's headers may not: numbers and names as in linux/….h. */
#ifndef KERNEL_H
#define KERNEL_H

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* clone3(2) */
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

struct kernel_clone_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    uint64_t set_tid, set_tid_size, cgroup;
};

/* openat2(2) */
struct kernel_open_how {
    uint64_t flags, mode, resolve;
};

#ifdef __GLIBC__ /* of the test builds, which has them all */
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#else
/* close_range(2) */
#define CLOSE_RANGE_CLOEXEC 4

/* resolve of openat2(2) */
#define RESOLVE_NO_XDEV 0x01
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS 0x04
#define RESOLVE_BENEATH 0x08
#define RESOLVE_IN_ROOT 0x10

/* fsconfig(2) */
#define FSCONFIG_SET_FLAG 0
#define FSCONFIG_SET_STRING 1
#define FSCONFIG_CMD_CREATE 6
#define FSCONFIG_CMD_RECONFIGURE 7

/* fsopen(2), fsmount(2), open_tree(2), move_mount(2), mount_setattr(2) */
#define FSOPEN_CLOEXEC 1
#define FSMOUNT_CLOEXEC 1
#define OPEN_TREE_CLONE 1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#define MOVE_MOUNT_F_EMPTY_PATH 0x04
#define MOVE_MOUNT_T_EMPTY_PATH 0x40
#define MOUNT_ATTR_RDONLY 0x01
#define MOUNT_ATTR_NOSUID 0x02
#define MOUNT_ATTR_NODEV 0x04
#define MOUNT_ATTR_NOEXEC 0x08
#endif

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

struct kernel_mount_attr {
    uint64_t attr_set, attr_clr, propagation, userns_fd;
};

/* rt_sigaction(2) */
#define KERNEL_SIGNALS 64

/* prctl(2), PR_SET_SECUREBITS */
#define KERNEL_SECBIT_NO_SETUID_FIXUP 0x04

/* waitid(2) */
#define KERNEL_P_PIDFD 3

/* seccomp(2) */
#define SECCOMP_SET_MODE_FILTER 1
struct kernel_sock_filter {
    unsigned short code;
    unsigned char jump_true, jump_false;
    uint32_t value;
};
struct kernel_sock_fprog {
    unsigned short len;
    const void *filter;
};

/* capset(2) */
#define CAPABILITY_VERSION_3 0x20080522
struct kernel_cap_header {
    uint32_t version;
    int pid;
};
struct kernel_cap_data {
    uint32_t effective, permitted, inheritable;
};

/* keyctl(2) */
#define KEYCTL_JOIN_SESSION_KEYRING 1

/* f_type of fstatfs(2) */
#define PROC_SUPER_MAGIC 0x9fa0
#define DEVPTS_SUPER_MAGIC 0x1cd1

/* The kernel's convention everywhere in this program: a value, or the negated errno. */
static inline long result_of(long returned) { return returned == -1 ? -errno : returned; }

#endif
