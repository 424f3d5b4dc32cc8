/* System calls that a profile decides by their arguments, and sockets of every family: `NAME ERRNO` each. Usage: arguments */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *name, long which, long result) {
    printf("%s-%lx %s\n", name, which, result >= 0 ? "worked" : strerror(errno));
    fflush(stdout);
}

static void clone_with(unsigned long flag) {
    long child = syscall(SYS_clone, flag | 17, 0, 0, 0, 0);
    if (child == 0)
        _exit(0);
    say("clone", (long)flag, child);
    if (child > 0)
        waitpid((int)child, NULL, __WALL);
}

int main(void) {
    unsigned long spaces[] = {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET,
                              CLONE_NEWUSER | CLONE_NEWNS};
    unsigned long personalities[] = {0, 8, 0x20000, 0x20008, 0xffffffff, 0x40000, 0x0100000, 0x0400000};
    for (unsigned i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        clone_with(spaces[i]);
        pid_t child = fork();
        if (child == 0) {
            say("unshare", (long)spaces[i], unshare((int)spaces[i]));
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    for (unsigned i = 0; i < sizeof personalities / sizeof *personalities; i++) {
        pid_t child = fork();
        if (child == 0) {
            say("personality", (long)personalities[i], syscall(SYS_personality, personalities[i]));
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    say("clone3", 0, syscall(SYS_clone3, NULL, 0));
    say("bpf", 0, syscall(SYS_bpf, 0, NULL, 0));
    say("io_uring_setup", 1, syscall(425, 1, NULL));
    say("keyctl", 0, syscall(SYS_keyctl, 0, -3, 1, 0, 0));
    say("add_key", 0, syscall(SYS_add_key, "user", "attack", "x", 1, -3));
    say("perf_event_open", 0, syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
    say("userfaultfd", 0, syscall(SYS_userfaultfd, 0));
    say("userfaultfd", 1, syscall(SYS_userfaultfd, 1));
    say("open_by_handle_at", 0, syscall(SYS_open_by_handle_at, -1, NULL, 0));
    say("kexec_load", 0, syscall(SYS_kexec_load, 0, 0, NULL, 0));
    say("init_module", 0, syscall(SYS_init_module, NULL, 0, ""));
    say("mount", 0, syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL));
    say("fsopen", 0, syscall(SYS_fsopen, "tmpfs", 0));
    say("open_tree", 1, syscall(SYS_open_tree, AT_FDCWD, "/tmp", 1));
    say("move_mount", 0, syscall(SYS_move_mount, -1, "", -1, "", 0));
    say("setns", 0, syscall(SYS_setns, -1, 0));
    say("pivot_root", 0, syscall(SYS_pivot_root, "/tmp", "/tmp"));
    say("swapon", 0, syscall(SYS_swapon, "/x", 0));
    say("reboot", 0, syscall(SYS_reboot, 0, 0, 0, NULL));
    say("settimeofday", 0, syscall(SYS_settimeofday, NULL, NULL));
    say("acct", 0, syscall(SYS_acct, "/x"));
    say("quotactl", 0, syscall(SYS_quotactl, 0, NULL, 0, NULL));
    say("lookup_dcookie", 0, syscall(SYS_lookup_dcookie, 0, NULL, 0));
    say("ptrace", 0, syscall(SYS_ptrace, 16, 1, 0, 0));
    say("process_vm_readv", 0, syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0));
    say("sethostname", 0, syscall(SYS_sethostname, "x", 1));
    say("syslog", 3, syscall(SYS_syslog, 3, NULL, 0));
    say("iopl", 3, syscall(SYS_iopl, 3));
    for (int family = 0; family < 46; family++)
        for (int type = 1; type <= 5; type++) {
            int fd = socket(family, type, 0);
            if (fd >= 0 || (errno != EAFNOSUPPORT && errno != ESOCKTNOSUPPORT && errno != EPROTONOSUPPORT))
                say("socket", family * 16 + type, fd);
            if (fd >= 0)
                close(fd);
        }
    return 0;
}
