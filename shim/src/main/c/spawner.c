/* The resident parent of all shims: small, so that a fork is cheap, and in a mount namespace that
 * is nearly empty, so that copying it is. */
#include "shim.h"

#include "kernel.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static void reset_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    /* libc refuses to touch the signals it would use for threads, and those are inherited too. */
    for (int number = 1; number <= KERNEL_SIGNALS; number++)
        syscall(SYS_rt_sigaction, number, (uint64_t[4]){0}, NULL, KERNEL_SIGNALS / 8);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* Nobody asks how a shim ended: let the kernel reap it. */
    signal(SIGCHLD, SIG_IGN);
}

static int move_fd(long from, int to) {
    if (from < 0)
        return (int)from;
    if (from != to) {
        if (dup3((int)from, to, O_CLOEXEC) < 0)
            return -errno;
        close((int)from);
    }
    return 0;
}

static int join_cgroup(int directory) {
    int fd = openat(directory, "cgroup.procs", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    long result = result_of(write(fd, "0", 1));
    close(fd);
    close(directory);
    return result < 0 ? (int)result : 0;
}

static int take_lock(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX) < 0)
        return -errno;
    return move_fd(fd, FD_LOCK);
}

/*
 * Descriptors 0 to 2 become an empty file that nobody can change: shims have them, and so does a process until its
 * streams are opened. Those of the daemon, and the node's null device, are no business of a container.
 */
static int replace_streams(int root) {
    int fd = openat(root, "empty", O_RDONLY | O_CREAT | O_CLOEXEC, 0444);
    if (fd < 0)
        return -errno;
    for (int stream = 0; stream < 3; stream++)
        if (dup2(fd, stream) < 0)
            return -errno;
    close(fd);
    return 0;
}

/*
 * unshare(2) keeps the root directory that we had. In a chroot that is not the namespace's own, and pivot_root(2) would
 * leave the namespace's own in place: setns(2), by which an exec enters a container, leads there. So we go there first.
 */
static int leave_chroot(void) {
    int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNS) < 0)
        return -errno;
    close(fd);
    return 0;
}

/* A read-only tmpfs with one directory and one empty file is all that a container's mount namespace is copied from. */
static int leave_host_mounts(void) {
    if (unshare(CLONE_NEWNS) < 0)
        return -errno;
    int result = leave_chroot();
    if (result < 0)
        return result;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return -errno;
    int context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (context < 0 || syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -errno;
    int root = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
                            MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    if (root < 0 || mkdirat(root, "root", 0700) < 0)
        return -errno;
    result = replace_streams(root);
    if (result < 0)
        return result;
    struct kernel_mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
    if (syscall(SYS_mount_setattr, root, "", AT_EMPTY_PATH, &read_only, sizeof read_only) < 0 ||
        syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
        syscall(SYS_fsconfig, context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0 ||
        syscall(SYS_move_mount, root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
        fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
        return -errno;
    return chdir("/") < 0 ? -errno : 0;
}

static void require(int result, enum step step) {
    if (result >= 0)
        return;
    message_send_failure(FD_CONTROL, -1, -result, step);
    _exit(1);
}

static void spawn(char *title, int count) {
    /* clone(2), not fork(3): libc has no state here that would want to be told. */
    long pid = result_of(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    if (pid == 0)
        shim_main(title, count - (FD_FIRST - FD_CONNECTION));
    if (pid < 0)
        message_send_failure(FD_CONNECTION, -1, (int)-pid, STEP_FORK);
}

noreturn void spawner_main(char *title, const char *lock, int given) {
    int fds[MESSAGE_FDS];
    int count;
    struct message order;

    /* The JVM's descriptors are not all close-on-exec. */
    syscall(SYS_close_range, FD_CONTROL + given, ~0U, 0);
    reset_signals();
    umask(077); /* processes get one of their own */
    setsid();
    if (given > 1)
        require(join_cgroup(FD_CONTROL + 1), STEP_JOIN_CGROUP);
    require(take_lock(lock), STEP_LOCK);
    require(move_fd(result_of(open("/proc/self/exe", O_PATH | O_CLOEXEC)), FD_SELF),
            STEP_OWN_BINARY);
    require(reset_inherited(), STEP_RESET_INHERITED);
    require(leave_host_mounts(), STEP_MOUNT_NAMESPACE);
    syscall(SYS_close_range, FD_CONNECTION, ~0U, 0);
    /* Nobody in a container may look into a process that is on its way there. */
    prctl(PR_SET_DUMPABLE, 0);

    message_send(FD_CONTROL, MESSAGE_READY, (int64_t[MESSAGE_VALUES]){0}, -1, -1);
    while (message_receive(FD_CONTROL, &order, fds, MESSAGE_FDS, &count) > 0) {
        /* The lowest free numbers, in order: the plan's descriptors need no table. */
        if (order.type == MESSAGE_LAUNCH && count >= 2 && fds[0] == FD_CONNECTION &&
            fds[count - 1] == FD_CONNECTION + count - 1)
            spawn(title, count);
        syscall(SYS_close_range, FD_CONNECTION, ~0U, 0);
    }
    _exit(0);
}
