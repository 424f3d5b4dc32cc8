/* Speaks to a unix socket as its owner's daemon would. The messages are those of the shim: protocol.h.
 * Usage: shimsock connect PATH       whether it can be connected to, by whatever type it has
 *        shimsock input PATH TEXT    ATTACH: types TEXT into the container
 *        shimsock log PATH           REOPEN_LOG: the log goes to a pipe; prints what comes there, for three seconds
 *        shimsock block PATH         REOPEN_LOG with a pipe that is full and that nobody reads, for 30 seconds */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct message {
    uint32_t version, type;
    int64_t values[5];
};
enum { REOPEN_LOG = 16, ATTACH = 19 };

static void fail(const char *what) {
    printf("%s: %s\n", what, strerror(errno));
    exit(1);
}

static int connect_to(const char *path) {
    int types[] = {SOCK_SEQPACKET, SOCK_STREAM, SOCK_DGRAM};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *slash = strrchr(path, '/');
    /* A path may be longer than an address: through its directory */
    if (slash != NULL && slash != path) {
        char *directory = strndup(path, (size_t)(slash - path));
        if (chdir(directory) < 0)
            fail("chdir");
        path = slash + 1;
    }
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    for (int i = 0; i < 3; i++) {
        int fd = socket(AF_UNIX, types[i], 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
            return fd;
        close(fd);
        if (errno != EPROTOTYPE)
            break;
    }
    fail("connect");
    return -1;
}

static void send_fds(int socket, uint32_t type, int64_t value, int *fds, int count) {
    struct message message = {1, type, {value}};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    struct iovec vector = {&message, sizeof message};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control,
                            .msg_controllen = CMSG_SPACE((size_t)count * sizeof(int))};
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    memcpy(CMSG_DATA(&control.header), fds, (size_t)count * sizeof(int));
    if (sendmsg(socket, &header, MSG_NOSIGNAL) < 0)
        fail("sendmsg");
}

static int receive(int socket, uint32_t *type) {
    struct message message;
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct iovec vector = {&message, sizeof message};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct pollfd ready = {.fd = socket, .events = POLLIN};
    if (poll(&ready, 1, 3000) <= 0) {
        errno = ETIMEDOUT;
        fail("recvmsg");
    }
    if (recvmsg(socket, &header, 0) <= 0)
        fail("recvmsg");
    *type = message.type;
    struct cmsghdr *first = CMSG_FIRSTHDR(&header);
    return first == NULL ? -1 : *(int *)CMSG_DATA(first);
}

int main(int count, char **arguments) {
    uint32_t type;
    int pipes[2];
    if (count < 3)
        return 2;
    int fd = connect_to(arguments[2]);
    puts("connected");
    if (strcmp(arguments[1], "connect") == 0)
        return 0;
    receive(fd, &type); /* HELLO */
    if (pipe(pipes) < 0)
        fail("pipe");
    if (strcmp(arguments[1], "input") == 0) {
        int both[2] = {pipes[1], dup(pipes[1])};
        send_fds(fd, ATTACH, 1, both, 2);
        int input = receive(fd, &type);
        if (input < 0 || write(input, arguments[3], strlen(arguments[3])) < 0 || write(input, "\n", 1) < 0)
            fail("no input");
        puts("typed");
        return 0;
    }
    if (strcmp(arguments[1], "block") == 0) {
        fcntl(pipes[1], F_SETFL, O_NONBLOCK);
        while (write(pipes[1], arguments, 64) > 0)
            ;
        fcntl(pipes[1], F_SETFL, 0);
    }
    send_fds(fd, REOPEN_LOG, 0, &pipes[1], 1);
    receive(fd, &type);
    puts("diverted");
    fflush(stdout);
    if (strcmp(arguments[1], "block") == 0) {
        sleep(30);
        return 0;
    }
    struct pollfd ready = {.fd = pipes[0], .events = POLLIN};
    for (int i = 0; i < 10 && poll(&ready, 1, 300) >= 0; i++) {
        char buffer[4096];
        if (ready.revents & POLLIN)
            (void)!write(1, buffer, (size_t)read(pipes[0], buffer, sizeof buffer));
    }
    return 0;
}
