/* From the fork of the shim to the exec of the process. */
#include "shim.h"

#include "kernel.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* How long a killed process may take to leave its cgroup before its failure is told all the same. */
#define DEATH_MILLIS 100

static noreturn void fail(int operation, int error, int step) {
    message_send_failure(FD_CONNECTION, operation, error, step);
    _exit(1);
}

static void map_plan(struct launch *launch) {
    struct stat status;
    int bad;
    if (fstat(FD_PLAN, &status) < 0)
        fail(-1, errno, STEP_MAP_PLAN);
    /* Private and writable: the exec turns offsets into pointers in its own copy. */
    void *base =
        mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, FD_PLAN, 0);
    if (base == MAP_FAILED)
        fail(-1, errno, STEP_MAP_PLAN);
    int result = plan_decode(&launch->plan, base, (size_t)status.st_size, &bad);
    if (result < 0)
        fail(bad, -result, STEP_DECODE_PLAN);
    launch->result =
        mmap(NULL, sizeof *launch->result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (launch->result == MAP_FAILED)
        fail(-1, errno, STEP_SHARE_RESULT);
}

/*
 * Those descriptors of the plan that found no place in the order. They come over the connection, so that orders of other
 * launches are not held up, and take the lowest free numbers: everything below the plan's is still taken.
 */
static void receive_rest(int have, int wanted) {
    while (have < wanted) {
        struct message message;
        int fds[MESSAGE_FDS], count;
        if (message_receive(FD_CONNECTION, &message, fds, MESSAGE_FDS, &count) <= 0)
            _exit(1); /* nobody waits for this launch */
        if (message.type == MESSAGE_GIVE_UP)
            fail(-1, ETIMEDOUT, STEP_GIVEN_UP);
        if (message.type != MESSAGE_DESCRIPTORS)
            continue;
        /* What has no place below RLIMIT_NOFILE is left out. */
        if (count < message.values[0])
            fail(-1, EMFILE, STEP_RECEIVE_DESCRIPTORS);
        if (count == 0 || fds[0] != FD_FIRST + have || fds[count - 1] != fds[0] + count - 1)
            fail(-1, EBADMSG, STEP_RECEIVE_DESCRIPTORS);
        have += count;
    }
    if (have != wanted)
        fail(-1, EBADMSG, STEP_RECEIVE_DESCRIPTORS);
}

static bool has_terminal(const struct plan *plan) {
    for (uint32_t i = 0; i < plan->header->operations; i++)
        if (plan->ops[i].code == OP_OPEN_TERMINAL)
            return true;
    return false;
}

/* Opens what the process writes to and we read from, and the other way round. Returns our end of the terminal's socket. */
static int open_streams(struct launch *launch, struct watched *watched) {
    const struct plan_header *header = launch->plan.header;
    int *ours[3] = {&watched->input, &watched->output, &watched->error};
    int pair[2] = {NO_FD, NO_FD};
    bool terminal = has_terminal(&launch->plan);
    launch->terminal_socket = NO_FD;
    if (terminal) {
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
            fail(-1, errno, STEP_OPEN_PIPES);
        launch->terminal_socket = pair[1];
    }
    for (int i = 0; i < 3; i++) {
        int stream = header->streams[i];
        launch->streams[i] = stream >= 0 ? FD_FIRST + stream : NO_FD;
        if (stream == LOGGED && !terminal) {
            int ends[2];
            if (pipe2(ends, O_CLOEXEC) < 0)
                fail(-1, errno, STEP_OPEN_PIPES);
            *ours[i] = ends[i == 0];
            launch->streams[i] = ends[i != 0];
        }
    }
    if (pipe2(launch->execution, O_CLOEXEC) < 0)
        fail(-1, errno, STEP_OPEN_PIPES);
    return pair[0];
}

/*
 * Without CLONE_VFORK: a parent that waits as vfork(2) lets it cannot be killed before its child goes on, and whoever
 * is root in the container can stop the child with SIGSTOP at any time.
 */
static long clone_process(const struct plan_op *op, int *pidfd) {
    struct kernel_clone_args arguments = {
        .flags = op->arguments[0] | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
    };
    if (op->arguments[1] != UINT64_MAX) {
        /* Migrating later would wait for an RCU grace period. */
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = FD_FIRST + op->arguments[1];
    }
    return result_of(syscall(SYS_clone3, &arguments, sizeof arguments));
}

noreturn void process_main(struct launch *launch, uint32_t first) {
    /* Its plan says all permissions, and the mask that its program gets. */
    umask(0);
    /* Whatever becomes of us is no reason for a new spawner to wait. */
    close(FD_LOCK);
    for (int i = 0; i < 3; i++)
        if (launch->streams[i] != NO_FD && dup2(launch->streams[i], i) < 0)
            goto failed;
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        goto failed;
    for (uint32_t i = first; i < launch->plan.header->operations; i++) {
        launch->result->operation = (int)i;
        int result = operation_perform(launch, i);
        if (result < 0) {
            launch->result->error = -result;
            _exit(1);
        }
    }
failed:
    launch->result->error = errno;
    _exit(1);
}

static int receive_terminal(int socket) {
    struct message message;
    int fd = NO_FD, count = 0;
    if (socket == NO_FD || message_receive(socket, &message, &fd, 1, &count) <= 0)
        return NO_FD;
    return fd;
}

/* Closes all but these, which may be in any order and may be NO_FD. */
static void close_all_but(int *kept, int count) {
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && kept[j] < kept[j - 1]; j--) {
            int swap = kept[j];
            kept[j] = kept[j - 1];
            kept[j - 1] = swap;
        }
    int next = 3;
    for (int i = 0; i < count; i++) {
        if (kept[i] < next)
            continue;
        if (kept[i] > next)
            syscall(SYS_close_range, next, kept[i] - 1, 0);
        next = kept[i] + 1;
    }
    syscall(SYS_close_range, next, ~0U, 0);
}

/*
 * Ends the process under construction, whatever state it is in, and says why. SIGKILL ends one that is stopped; one
 * that waits for a disk, or whose tracer has not looked yet, is reaped when it can be, with nothing of ours held.
 */
static noreturn void fail_launch(const struct launch *launch, struct watched *watched, int error, int step) {
    struct pollfd gone = {.fd = watched->pidfd, .events = POLLIN};
    if (watched->pidfd != NO_FD) {
        syscall(SYS_pidfd_send_signal, watched->pidfd, SIGKILL, NULL, 0);
        poll(&gone, 1, DEATH_MILLIS); /* its cgroup is about to be removed */
    }
    if (watched->listener != NO_FD)
        unlinkat(watched->directory, "shim.sock", 0);
    message_send_failure(FD_CONNECTION, launch->result->operation, error, step);
    close_all_but(&watched->pidfd, 1);
    siginfo_t info;
    if (watched->pidfd != NO_FD)
        waitid((idtype_t)KERNEL_P_PIDFD, (id_t)watched->pidfd, &info, WEXITED);
    _exit(1);
}

/* Waits until the process runs its program, which closes its end of the pipe, or is dead. */
static void await_execution(const struct launch *launch, struct watched *watched) {
    struct pollfd ready[] = {
        {.fd = launch->execution[0], .events = POLLIN},
        {.fd = watched->pidfd, .events = POLLIN},
        /* The daemon says nothing before it is answered, but that it waits no longer. */
        {.fd = watched->connection, .events = POLLIN},
    };
    while (poll(ready, 3, -1) <= 0)
        ;
    if (ready[0].revents == 0 && ready[1].revents == 0)
        fail_launch(launch, watched, ETIMEDOUT, STEP_GIVEN_UP);
}

/* Says how the launch went. */
static void report(const struct launch *launch, struct watched *watched) {
    const struct launch_result *result = launch->result;
    int last = (int)launch->plan.header->operations - 1;
    /* Without an error it was killed before it came to the exec, for instance through its cgroup. */
    if (result->error != 0 || result->operation != last)
        fail_launch(launch, watched, result->error != 0 ? result->error : ECANCELED, 0);
    int master = watched->kind == MONITOR_EXEC ? watched->terminal : NO_FD;
    message_send(watched->connection, MESSAGE_STARTED,
                 (int64_t[MESSAGE_VALUES]){watched->pid, watched->started}, watched->pidfd, master);
}

noreturn void shim_main(char *title, int fds) {
    struct launch launch;
    struct watched watched = {
        .connection = FD_CONNECTION,
        .directory = NO_FD,
        .log = NO_FD,
        .listener = NO_FD,
        .pidfd = NO_FD,
        .input = NO_FD,
        .output = NO_FD,
        .error = NO_FD,
        .terminal = NO_FD,
    };
    syscall(SYS_close_range, FD_FIRST + fds, ~0U, 0);
    signal(SIGCHLD, SIG_DFL);
    setsid();
    prctl(PR_SET_NAME, "demitasse-shim");
    strncpy(title, "demitasse-shim", strlen(title)); /* shorter than what stands there */
    map_plan(&launch);
    const struct plan_header *header = launch.plan.header;
    receive_rest(fds, (int)header->fds);
    close(FD_CONTROL);
    watched.kind = (enum monitor_kind)header->monitor;
    int terminal_socket = open_streams(&launch, &watched);

    uint32_t index = 0;
    for (; launch.plan.ops[index].code != OP_CLONE; index++) {
        int result = operation_perform(&launch, index);
        if (result < 0)
            fail((int)index, -result, 0);
    }
    if (watched.kind == MONITOR_CONTAINER) {
        watched.directory = FD_FIRST + header->directory;
        watched.log = FD_FIRST + header->log;
        watched.listener = monitor_listen(watched.directory);
        if (watched.listener < 0)
            fail(-1, -watched.listener, STEP_BIND_SOCKET);
    }
    launch.result->operation = (int)index;
    long pid = clone_process(&launch.plan.ops[index], &watched.pidfd);
    if (pid == 0)
        process_main(&launch, index + 1);
    if (pid < 0)
        fail_launch(&launch, &watched, (int)-pid, 0);
    close(launch.execution[1]);
    watched.pid = (int)pid;
    await_execution(&launch, &watched);
    watched.started = now();
    watched.terminal = receive_terminal(terminal_socket);
    report(&launch, &watched);
    if (watched.kind == MONITOR_NONE)
        _exit(0);
    if (watched.kind == MONITOR_CONTAINER && watched.terminal != NO_FD)
        watched.output = watched.terminal;
    munmap(launch.plan.base, launch.plan.size);
    munmap(launch.result, sizeof *launch.result);
    int kept[] = {watched.connection, watched.directory, watched.log,   watched.listener,
                  watched.pidfd,      watched.input,     watched.output, watched.error};
    close_all_but(kept, sizeof kept / sizeof *kept);
    monitor_main(&watched);
}
