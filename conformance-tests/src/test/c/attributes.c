/*
 * What a process inherits from whoever started it.
 *
 *   attributes show                 prints it, a line for each: name and value
 *   attributes wear COMMAND...      takes odd values for all of it that can be had here, then runs the command
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IDLE (3 << 13)                /* IOPRIO_CLASS_IDLE */
#define SESSION_KEYRING (-3)          /* KEY_SPEC_SESSION_KEYRING */
#define JOIN_SESSION 1                /* KEYCTL_JOIN_SESSION_KEYRING */
#define DESCRIBE 6                    /* KEYCTL_DESCRIBE */
#define BIND 2                        /* MPOL_BIND */
#define MEMORY_MERGE 67               /* PR_SET_MEMORY_MERGE */
#define NO_SETUID_FIXUP 4             /* SECBIT_NO_SETUID_FIXUP */
#define SIGNALS 64

struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static void line(const char *name, const char *format, ...) {
    va_list arguments;
    printf("%s: ", name);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

/* The first bytes of a file of ours, as text. */
static void file(const char *name, const char *path) {
    char text[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (length < 0)
        return line(name, "none");
    close(fd);
    text[length] = 0;
    text[strcspn(text, "\n")] = 0;
    line(name, "%s", text);
}

/* What follows a name in a file of lines. */
static void field(const char *name, const char *path, const char *key) {
    char text[4096];
    FILE *lines = fopen(path, "re");
    const char *value = "none";
    while (lines != NULL && fgets(text, sizeof text, lines) != NULL)
        if (strncmp(text, key, strlen(key)) == 0) {
            text[strcspn(text, "\n")] = 0;
            value = text + strlen(key) + strspn(text + strlen(key), ": \t");
            break;
        }
    line(name, "%s", value);
    if (lines != NULL)
        fclose(lines);
}

static void show_limits(void) {
    static const char *names[] = {"cpu",    "fsize",      "data", "stack",  "core", "rss",      "nproc",     "nofile",
                                  "memlock", "as",         "locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime"};
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++) {
        struct rlimit limit;
        char name[32];
        getrlimit(i, &limit);
        snprintf(name, sizeof name, "limit-%s", names[i]);
        line(name, "%lld %lld", (long long)limit.rlim_cur, (long long)limit.rlim_max);
    }
}

static void show_scheduling(void) {
    struct attributes attributes = {0};
    syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0);
    field("affinity", "/proc/self/status", "Cpus_allowed_list");
    line("policy", "%u", attributes.policy);
    line("nice", "%d", attributes.nice);
    line("reset-on-fork", "%d", (int)(attributes.flags & 1));
    line("io-priority", "%ld", syscall(SYS_ioprio_get, 1, 0));
    line("timer-slack", "%d", prctl(PR_GET_TIMERSLACK));
    file("autogroup-nice", "/proc/self/autogroup");
}

static void show_memory(void) {
    int policy = -1;
    syscall(SYS_get_mempolicy, &policy, NULL, 0, NULL, 0);
    line("memory-policy", "%d", policy);
    line("huge-pages-off", "%d", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
    line("merging", "%d", prctl(MEMORY_MERGE + 1, 0, 0, 0, 0));
    line("no-write-and-execute", "%d", prctl(66, 0, 0, 0, 0)); /* PR_GET_MDWE */
    file("core-filter", "/proc/self/coredump_filter");
    line("machine-check", "%d", prctl(PR_MCE_KILL_GET, 0, 0, 0, 0));
    line("dumpable", "%d", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
    line("personality", "%lx", (unsigned long)personality(0xffffffff));
    line("store-bypass", "%d", prctl(PR_GET_SPECULATION_CTRL, 0, 0, 0, 0));
    line("indirect-branch", "%d", prctl(PR_GET_SPECULATION_CTRL, 1, 0, 0, 0));
#ifdef __x86_64__
    int counter = 0;
    prctl(PR_GET_TSC, &counter);
    line("time-stamp-counter", "%d", counter);
#endif
}

static void show_rights(void) {
    char description[256] = "none";
    int reaper = 0, death = 0;
    syscall(SYS_keyctl, DESCRIBE, SESSION_KEYRING, description, sizeof description);
    prctl(PR_GET_CHILD_SUBREAPER, &reaper);
    prctl(PR_GET_PDEATHSIG, &death);
    line("session-keyring", "%s", strrchr(description, ';') == NULL ? description : strrchr(description, ';') + 1);
    line("securebits", "%d", prctl(PR_GET_SECUREBITS));
    line("subreaper", "%d", reaper);
    line("death-signal", "%d", death);
    line("no-new-privileges", "%d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    file("oom-score", "/proc/self/oom_score_adj");
    field("umask", "/proc/self/status", "Umask");
    field("blocked", "/proc/self/status", "SigBlk");
    field("ignored", "/proc/self/status", "SigIgn");
    field("pending", "/proc/self/status", "SigPnd");
    field("ambient", "/proc/self/status", "CapAmb");
    line("own-session", "%d", getsid(0) != getppid());
}

static int show(char **environment) {
    show_limits();
    show_scheduling();
    show_memory();
    show_rights();
    char directory[4096];
    line("directory", "%s", getcwd(directory, sizeof directory));
    int odd = 0;
    for (; *environment != NULL; environment++)
        odd |= strncmp(*environment, "ODD=", 4) == 0;
    line("environment", "%s", odd ? "odd" : "plain");
    return 0;
}

static void put(const char *path, const char *value) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, value, strlen(value)) < 0)
        perror(path);
    close(fd);
}

static void lower(int resource, rlim_t soft) {
    struct rlimit limit;
    getrlimit(resource, &limit);
    if (limit.rlim_cur > soft)
        limit.rlim_cur = soft;
    setrlimit(resource, &limit);
}

static void wear_signals(void) {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

static int wear(char **command) {
    unsigned long first = 1, node = 1;
    struct attributes batch = {.size = sizeof batch, .policy = SCHED_BATCH, .nice = 5};
    syscall(SYS_sched_setaffinity, 0, sizeof first, &first);
    syscall(SYS_sched_setattr, 0, &batch, 0);
    syscall(SYS_ioprio_set, 1, 0, IDLE);
    prctl(PR_SET_TIMERSLACK, 777777);
    syscall(SYS_set_mempolicy, BIND, &node, 8 * sizeof node);
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    prctl(MEMORY_MERGE, 1, 0, 0, 0);
    put("/proc/self/coredump_filter", "0x7f");
    put("/proc/self/oom_score_adj", "500");
    prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
    prctl(PR_SET_SPECULATION_CTRL, 0, PR_SPEC_DISABLE, 0, 0);
    prctl(PR_SET_SPECULATION_CTRL, 1, PR_SPEC_DISABLE, 0, 0);
    personality(ADDR_NO_RANDOMIZE);
    prctl(PR_SET_SECUREBITS, NO_SETUID_FIXUP);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    syscall(SYS_keyctl, JOIN_SESSION, "odd");
    lower(RLIMIT_NOFILE, 1500);
    lower(RLIMIT_STACK, 6 << 20);
    umask(077);
    wear_signals();
    setenv("ODD", "1", 1);
    execvp(*command, command);
    perror(*command);
    return 127;
}

int main(int argc, char **argv, char **environment) {
    if (argc == 2 && strcmp(argv[1], "show") == 0)
        return show(environment);
    if (argc > 2 && strcmp(argv[1], "wear") == 0)
        return wear(argv + 2);
    return 2;
}
