/* What the spawner has from whoever started the daemon, and would hand on to all containers: docs/operations.md. */
#include "shim.h"

#include "kernel.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* sched_setattr(2) */
struct kernel_sched_attr {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

/* prctl(2), where musl's header is older than the kernel */
#define KERNEL_PR_SET_IO_FLUSHER 57
#define KERNEL_PR_SET_MEMORY_MERGE 67

#define PROCESSORS_AT_MOST 8192 /* CONFIG_NR_CPUS */
#define IOPRIO_WHO_PROCESS 1
#define TIMER_SLACK_NANOS 50000
#define CORE_FILTER "0x33"

static void write_own(const char *path, const char *value) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!write(fd, value, strlen(value));
        close(fd);
    }
}

/*
 * The kernel remembers which processors were asked for, hands that on to children, and since Linux 6.2 keeps to it
 * whatever their cpuset allows: so all are asked for, those included that our own cpuset does not have.
 */
static void reset_scheduling(void) {
    unsigned char all[PROCESSORS_AT_MOST / 8];
    struct kernel_sched_attr normal = {.size = sizeof normal}; /* SCHED_OTHER, nice 0 */
    memset(all, 0xff, sizeof all);
    syscall(SYS_sched_setaffinity, 0, sizeof all, all);
    syscall(SYS_sched_setattr, 0, &normal, 0);
    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, 0); /* follows the nice value */
    prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NANOS);
}

static void reset_memory(void) {
    syscall(SYS_set_mempolicy, 0, NULL, 0); /* MPOL_DEFAULT */
    prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
    prctl(KERNEL_PR_SET_MEMORY_MERGE, 0, 0, 0, 0);
    prctl(KERNEL_PR_SET_IO_FLUSHER, 0, 0, 0, 0);
    prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0);
    /* That of the JVM, too, has more than the kernel's default: it wants its archives in a core file. */
    write_own("/proc/self/coredump_filter", CORE_FILTER);
}

static void reset_processor(void) {
    syscall(SYS_personality, 0);
    prctl(PR_SET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, PR_SPEC_ENABLE, 0, 0);
    prctl(PR_SET_SPECULATION_CTRL, PR_SPEC_INDIRECT_BRANCH, PR_SPEC_ENABLE, 0, 0);
#ifdef __x86_64__
    prctl(PR_SET_TSC, PR_TSC_ENABLE);
#endif
}

/* A shim holds all descriptors of its plan. What its process may have open is an operation of that plan. */
static void raise_open_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int reset_inherited(void) {
    raise_open_files();
    reset_scheduling();
    reset_memory();
    reset_processor();
    /* Raising it is always allowed, and going below zero takes CAP_SYS_RESOURCE, which root does not have everywhere. */
    write_own("/proc/self/oom_score_adj", "0");
    write_own("/proc/self/oom_score_adj", "-998");
    /* With these, programs of containers would keep or lose capabilities where they do not expect it. */
    return prctl(PR_SET_SECUREBITS, 0) < 0 ? -errno : 0;
}
