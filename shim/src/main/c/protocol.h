/* Messages between shim and daemon; see MessageFormat.java. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#define PROTOCOL_VERSION 1
#define MESSAGE_VALUES 5
#define MESSAGE_FDS 253 /* SCM_MAX_FD: the kernel takes no more with one message */

struct message {
    uint32_t version, type;
    int64_t values[MESSAGE_VALUES];
};

enum message_type {
    MESSAGE_HELLO = 1, /* pid, started, state, code, finished; pidfd */
    MESSAGE_STARTED,   /* pid, started; pidfd, terminal */
    MESSAGE_FAILED,    /* operation, errno, step */
    MESSAGE_EXITED,    /* state, code, finished */
    MESSAGE_ACKNOWLEDGED, /* request, errno */
    MESSAGE_READY,
    MESSAGE_ATTACHED, /* errno; input */
    MESSAGE_REOPEN_LOG = 16, /* ; log */
    MESSAGE_RESIZE,          /* rows, columns */
    MESSAGE_LAUNCH,          /* ; connection, plan, the first descriptors of the plan */
    MESSAGE_ATTACH,          /* whether input is wanted; output, error */
    MESSAGE_CLOSE_INPUT,
    MESSAGE_GIVE_UP,     /* to a launch in flight: nobody waits for it any more */
    MESSAGE_DESCRIPTORS, /* likewise: how many; the next descriptors of its plan */
};

enum exit_state { STATE_RUNNING, STATE_EXITED, STATE_SIGNALED };

/* What failed when it was not an operation of the plan; see ShimStep.java. */
enum step {
    STEP_FORK = 1,
    STEP_MAP_PLAN,
    STEP_DECODE_PLAN,
    STEP_SHARE_RESULT,
    STEP_BIND_SOCKET,
    STEP_OPEN_PIPES,
    STEP_GIVEN_UP, /* by the daemon, which waits no longer */
    STEP_RECEIVE_DESCRIPTORS,
    STEP_LOCK = 101,
    STEP_OWN_BINARY = 103,
    STEP_JOIN_CGROUP,
    STEP_MOUNT_NAMESPACE,
    STEP_RESET_INHERITED,
};

/* Sends one message with up to two descriptors; -1 is none. Never blocks, never signals. */
bool message_send(int fd, uint32_t type, const int64_t values[MESSAGE_VALUES], int fd0, int fd1);

bool message_send_failure(int fd, int operation, int error, int step);

/* Receives one message and at most room descriptors, MESSAGE_FDS of them. Returns its size, 0 at the end, -errno. */
long message_receive(int fd, struct message *message, int *fds, int room, int *count);

#endif
