#include "protocol.h"

#include "kernel.h"

#include <string.h>
#include <sys/socket.h>

bool message_send(int fd, uint32_t type, const int64_t values[MESSAGE_VALUES], int fd0, int fd1) {
    struct message message = {.version = PROTOCOL_VERSION, .type = type};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    int fds[2] = {fd0, fd1};
    size_t count = fd0 < 0 ? 0 : fd1 < 0 ? 1 : 2;
    struct iovec vector = {&message, sizeof message};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};

    memcpy(message.values, values, sizeof message.values);
    if (count > 0) {
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(count * sizeof(int));
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
    }
    return sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof message;
}

bool message_send_failure(int fd, int operation, int error, int step) {
    return message_send(fd, MESSAGE_FAILED, (int64_t[MESSAGE_VALUES]){operation, error, step}, -1, -1);
}

long message_receive(int fd, struct message *message, int *fds, int room, int *count) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(MESSAGE_FDS * sizeof(int))];
    } control;
    struct iovec vector = {message, sizeof *message};
    struct msghdr header = {
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = CMSG_SPACE((size_t)room * sizeof(int)),
    };
    memset(message, 0, sizeof *message);
    *count = 0;
    /* No signal handler is installed, so nothing interrupts this. */
    long size = result_of(recvmsg(fd, &header, MSG_CMSG_CLOEXEC));
    if (size <= 0)
        return size;
    struct cmsghdr *first = CMSG_FIRSTHDR(&header);
    if (first != NULL && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_RIGHTS) {
        *count = (int)((first->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds, CMSG_DATA(first), (size_t)*count * sizeof(int));
    }
    return size;
}
