/* A shim whose process runs: it pumps the log, answers the daemon, and records the end. */
#include "shim.h"

#include "kernel.h"
#include "log.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

/* Everybody who may be attached, and room for the daemon and its other requests. */
#define MAX_CLIENTS (LOG_COPIES + 8)
#define LINGER_NANOS 1000000000
/* More than a pipe can be made to hold by root's default limit, in pieces of a buffer. */
#define DRAIN_READS 256

struct monitor {
    struct watched *watched;
    struct log_stream output, error;
    int clients[MAX_CLIENTS];
    int64_t state, code, finished;
};

static char output_buffer[LOG_BUFFER_ROOM] __attribute__((aligned(4096)));
static char error_buffer[LOG_BUFFER_ROOM] __attribute__((aligned(4096)));

int monitor_listen(int directory) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "shim.sock"};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    /* Through the directory's descriptor: its path has no meaning in our mount namespace. */
    if (fd < 0 || fchdir(directory) < 0)
        return -errno;
    umask(0177); /* a socket is born with 0777 less this */
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, MAX_CLIENTS) < 0)
        return -errno;
    return chdir("/") < 0 ? -errno : fd;
}

static void drop(int *client) {
    close(*client);
    *client = NO_FD;
}

/* Whoever commands a shim has its container. The kernel has noted who connected; root of a user namespace is not 0 here. */
static bool is_root(int client) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == 0;
}

static void accept_client(struct monitor *monitor) {
    struct watched *watched = monitor->watched;
    int fd = accept4(watched->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (!is_root(fd)) {
        close(fd);
        return;
    }
    for (int i = 0; i < MAX_CLIENTS; i++)
        if (monitor->clients[i] == NO_FD) {
            monitor->clients[i] = fd;
            if (!message_send(fd, MESSAGE_HELLO,
                              (int64_t[MESSAGE_VALUES]){watched->pid, watched->started,
                                                        monitor->state, monitor->code,
                                                        monitor->finished},
                              watched->pidfd, -1))
                drop(&monitor->clients[i]);
            return;
        }
    close(fd);
}

/* Copies output and error to two pipes from now on; the pipes are gone from fds afterwards. */
static int attach(struct monitor *monitor, int *fds, int count) {
    struct log_stream *streams[] = {&monitor->output, &monitor->error};
    if (count != 2)
        return -EBADF;
    for (int i = 0; i < 2; i++) {
        int result = log_attach(streams[i], fds[i]);
        if (result < 0)
            return result;
        fds[i] = NO_FD;
    }
    return 0;
}

/* What is typed goes to the terminal, or to the pipe that the process reads. */
static int input_of(const struct monitor *monitor) {
    return monitor->watched->terminal != NO_FD ? monitor->output.fd : monitor->watched->input;
}

static bool serve_attach(struct monitor *monitor, int client, const struct message *request,
                         int *fds, int count) {
    int result = attach(monitor, fds, count);
    bool wanted = result == 0 && request->values[0] != 0;
    return message_send(client, MESSAGE_ATTACHED, (int64_t[MESSAGE_VALUES]){-result},
                        wanted ? input_of(monitor) : NO_FD, NO_FD);
}

static int perform_request(struct monitor *monitor, const struct message *request, int *fd) {
    struct watched *watched = monitor->watched;
    struct winsize size = {.ws_row = (unsigned short)request->values[0],
                           .ws_col = (unsigned short)request->values[1]};
    switch (request->type) {
    case MESSAGE_REOPEN_LOG:
        if (*fd == NO_FD || watched->log == NO_FD)
            return EBADF;
        close(watched->log);
        watched->log = *fd;
        *fd = NO_FD;
        return 0;
    case MESSAGE_RESIZE:
        if (watched->terminal == NO_FD || monitor->output.fd == NO_FD)
            return ENOTTY;
        return ioctl(monitor->output.fd, TIOCSWINSZ, &size) < 0 ? errno : 0;
    case MESSAGE_CLOSE_INPUT:
        if (watched->input != NO_FD)
            close(watched->input);
        watched->input = NO_FD;
        return 0;
    default:
        return EOPNOTSUPP;
    }
}

static void serve(struct monitor *monitor, int *client) {
    struct message request;
    int fds[2] = {NO_FD, NO_FD}, count;
    if (message_receive(*client, &request, fds, 2, &count) <= 0) {
        drop(client);
        return;
    }
    bool answered;
    if (request.type == MESSAGE_ATTACH) {
        answered = serve_attach(monitor, *client, &request, fds, count);
    } else {
        int error = perform_request(monitor, &request, &fds[0]);
        answered = message_send(*client, MESSAGE_ACKNOWLEDGED,
                                (int64_t[MESSAGE_VALUES]){request.type, error}, -1, -1);
    }
    for (int i = 0; i < 2; i++)
        if (fds[i] != NO_FD)
            close(fds[i]);
    if (!answered)
        drop(client);
}

/* What was written before the end is in the pipes now; what descendants write later is not waited
 * for. */
static void drain(struct log_stream *stream, int log) {
    for (int i = 0; i < DRAIN_READS && stream->fd != NO_FD; i++) {
        struct pollfd ready = {.fd = stream->fd, .events = POLLIN};
        if (poll(&ready, 1, 0) <= 0)
            return;
        log_pump(stream, log);
    }
}

static void write_exit_file(struct monitor *monitor) {
    char line[96], *at = line;
    const char *verb = monitor->state == STATE_EXITED ? "exited " : "signaled ";
    size_t length = strlen(verb);
    memcpy(at, verb, length);
    at = put_number(at + length, (unsigned long long)monitor->code, 1);
    *at++ = ' ';
    at = put_number(at, (unsigned long long)monitor->finished, 1);
    *at++ = ' ';
    at = put_number(at, (unsigned long long)monitor->watched->started, 1);
    *at++ = '\n';
    int directory = monitor->watched->directory;
    int fd = openat(directory, "exit.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    bool whole = write(fd, line, (size_t)(at - line)) == at - line;
    close(fd);
    if (whole)
        renameat(directory, "exit.tmp", directory, "exit");
}

static void record_exit(struct monitor *monitor) {
    struct watched *watched = monitor->watched;
    siginfo_t info = {0};
    waitid((idtype_t)KERNEL_P_PIDFD, (id_t)watched->pidfd, &info, WEXITED);
    monitor->finished = now();
    monitor->state = info.si_code == CLD_EXITED ? STATE_EXITED : STATE_SIGNALED;
    monitor->code = info.si_status;
    if (watched->kind == MONITOR_CONTAINER) {
        drain(&monitor->output, watched->log);
        drain(&monitor->error, watched->log);
        write_exit_file(monitor);
    }
    for (int i = 0; i < MAX_CLIENTS; i++)
        if (monitor->clients[i] != NO_FD &&
            !message_send(monitor->clients[i], MESSAGE_EXITED,
                          (int64_t[MESSAGE_VALUES]){monitor->state, monitor->code,
                                                    monitor->finished},
                          -1, -1))
            drop(&monitor->clients[i]);
}

/* Waits once and does what has become possible. Returns false when there is nothing left to do. */
static bool turn(struct monitor *monitor) {
    struct watched *watched = monitor->watched;
    bool running = monitor->state == STATE_RUNNING;
    bool streams = monitor->output.fd != NO_FD || monitor->error.fd != NO_FD;
    int64_t left = running ? 0 : monitor->finished + LINGER_NANOS - now();
    if (!running && (!streams || left <= 0 || left > LINGER_NANOS))
        return false;
    struct pollfd ready[4 + MAX_CLIENTS] = {
        {.fd = monitor->output.fd, .events = POLLIN},
        {.fd = monitor->error.fd, .events = POLLIN},
        {.fd = watched->listener, .events = POLLIN},
        {.fd = running ? watched->pidfd : NO_FD, .events = POLLIN},
    };
    for (int i = 0; i < MAX_CLIENTS; i++)
        ready[4 + i] = (struct pollfd){.fd = monitor->clients[i], .events = POLLIN};
    poll(ready, 4 + MAX_CLIENTS, running ? -1 : (int)(left / 1000000) + 1);
    for (int i = 0; i < MAX_CLIENTS; i++)
        if (ready[4 + i].revents != 0)
            serve(monitor, &monitor->clients[i]);
    if (ready[0].revents != 0)
        log_pump(&monitor->output, watched->log);
    if (ready[1].revents != 0)
        log_pump(&monitor->error, watched->log);
    if (ready[2].revents != 0)
        accept_client(monitor);
    if (ready[3].revents != 0)
        record_exit(monitor);
    /* Also with nobody left to report to: an orphan would be reaped by whatever is the node's process 1, or never. */
    return true;
}

noreturn void monitor_main(struct watched *watched) {
    struct monitor monitor = {
        .watched = watched,
        .output = {.fd = watched->output, .name = "stdout", .buffer = output_buffer},
        .error = {.fd = watched->error, .name = "stderr", .buffer = error_buffer},
    };
    monitor.clients[0] = watched->connection;
    for (int i = 1; i < MAX_CLIENTS; i++)
        monitor.clients[i] = NO_FD;
    for (int i = 0; i < LOG_COPIES; i++)
        monitor.output.copies[i] = monitor.error.copies[i] = NO_FD;
    signal(SIGPIPE, SIG_IGN); /* a reader that is gone is an error of write(2) */
    monitor_confine();
    while (turn(&monitor))
        ;
    if (watched->kind == MONITOR_CONTAINER)
        unlinkat(watched->directory, "shim.sock", 0);
    _exit(0);
}
