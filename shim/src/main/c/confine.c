/* What a shim gives up once its process runs: it has nothing left to do for which it would need it. */
#include "shim.h"

#include "kernel.h"

#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#if defined(__x86_64__)
#define AUDIT_ARCH 0xc000003eU
#elif defined(__aarch64__)
#define AUDIT_ARCH 0xc00000b7U
#else
#error "which architecture is this for seccomp(2)?"
#endif

/* linux/filter.h, linux/seccomp.h */
#define LOAD_WORD 0x20
#define JUMP_IF_EQUAL 0x15
#define JUMP_IF_GREATER 0x25
#define RETURN 0x06
#define RET_ALLOW 0x7fff0000U
#define RET_ERRNO 0x00050000U
#define OFFSET_NUMBER 0
#define OFFSET_ARCH 4
#define OFFSET_ARGUMENT_1 24 /* its lower half: both architectures are little-endian */

#define ALLOW(number) {JUMP_IF_EQUAL, 0, 1, number}, {RETURN, 0, 0, RET_ALLOW}

/* What monitor.c and log.c call, and musl for them. Anything else fails with EPERM: to be killed would lose the exit status. */
static const struct kernel_sock_filter allowed[] = {
    {LOAD_WORD, 0, 0, OFFSET_ARCH},
    {JUMP_IF_EQUAL, 1, 0, AUDIT_ARCH},
    {RETURN, 0, 0, RET_ERRNO | EPERM},
    {LOAD_WORD, 0, 0, OFFSET_NUMBER},
    /* The largest of them, first: the kernel tries all numbers when it takes the filter, and remembers. */
    {JUMP_IF_GREATER, 0, 1, SYS_accept4},
    {RETURN, 0, 0, RET_ERRNO | EPERM},
#ifdef SYS_poll
    ALLOW(SYS_poll),
#endif
    ALLOW(SYS_ppoll),
    ALLOW(SYS_read),
    ALLOW(SYS_writev),
    ALLOW(SYS_clock_gettime),
    ALLOW(SYS_write),
    ALLOW(SYS_madvise),
    ALLOW(SYS_recvmsg),
    ALLOW(SYS_sendmsg),
    ALLOW(SYS_accept4),
    ALLOW(SYS_getsockopt),
    ALLOW(SYS_close),
    ALLOW(SYS_fcntl),
    ALLOW(SYS_waitid),
    ALLOW(SYS_openat),
    ALLOW(SYS_renameat),
    ALLOW(SYS_unlinkat),
    ALLOW(SYS_restart_syscall), /* of the kernel itself, after SIGCONT */
    ALLOW(SYS_exit_group),
    ALLOW(SYS_exit),
    {JUMP_IF_EQUAL, 0, 3, SYS_ioctl},
    {LOAD_WORD, 0, 0, OFFSET_ARGUMENT_1},
    {JUMP_IF_EQUAL, 0, 1, TIOCSWINSZ},
    {RETURN, 0, 0, RET_ALLOW},
    {RETURN, 0, 0, RET_ERRNO | EPERM},
};

void monitor_confine(void) {
    struct kernel_cap_header header = {.version = CAPABILITY_VERSION_3};
    struct kernel_cap_data none[2] = {{0}};
    struct kernel_sock_fprog program = {.len = sizeof allowed / sizeof *allowed, .filter = allowed};
    /* First: root of a container that sees us may trace whoever has no more capabilities than it, if that is dumpable. */
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* What belongs to uid 0 is still ours: the directory and the log. Each step is one more and needed by none: where the
     * kernel refuses it, the container runs all the same. */
    syscall(SYS_capset, &header, none);
#ifndef __SANITIZE_ADDRESS__ /* whose runtime calls more */
    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
#else
    (void)program;
#endif
}
