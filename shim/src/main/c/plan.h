/* The launch plan as Java encodes it; see PlanLayout.java and OperationCode.java. */
#ifndef PLAN_H
#define PLAN_H

#include <stddef.h>
#include <stdint.h>

#define PLAN_MAGIC 0x53544d44
#define PLAN_VERSION 1
#define PLAN_MAX_BYTES (16u << 20)
#define PLAN_MAX_FDS 4160
#define PLAN_ARGUMENTS 5

/* LOGGED: a pipe to the shim; for the input, a pipe from it */
enum { NO_FD = -1, LOGGED = -2 };

enum monitor_kind { MONITOR_NONE, MONITOR_EXEC, MONITOR_CONTAINER };

struct plan_header {
    uint32_t magic, version, size, operations, fds, monitor;
    int32_t directory, log, streams[3];
    uint32_t reserved;
};

struct plan_op {
    uint32_t code, reserved;
    uint64_t arguments[PLAN_ARGUMENTS];
};

enum operation_code {
    OP_SET_NAMESPACE = 1,
    OP_CLONE,
    OP_UNSHARE,
    OP_PIVOT,
    OP_MOUNT_FILESYSTEM,
    OP_ATTACH_MOUNT,
    OP_MAKE_DIRECTORY,
    OP_MAKE_NODE,
    OP_MAKE_SYMLINK,
    OP_WRITE_FILE,
    OP_MASK_PATH,
    OP_READONLY_PATH,
    OP_READONLY_ROOT,
    OP_LIMIT_RESOURCE,
    OP_ADJUST_OOM_SCORE,
    OP_START_SESSION,
    OP_OPEN_TERMINAL,
    OP_JOIN_SESSION_KEYRING,
    OP_DROP_BOUNDING,
    OP_SET_CAPABILITIES,
    OP_NO_NEW_PRIVILEGES,
    OP_LOAD_SECCOMP,
    OP_SET_IDS,
    OP_SET_UMASK,
    OP_CHANGE_DIRECTORY,
    OP_EXECUTE,
    OP_EXECUTE_SELF,
    OP_CONFINE_AT_EXEC,
    OP_SET_FILESYSTEM_IDS,
    OP_GIVE_STREAMS,
    OP_OPEN_NULL,
    OP_COUNT
};

struct plan_operation {
    const char *name;
    const char *arguments; /* n number, f descriptor, o optional one, t text, b bytes, v vector */
};

extern const struct plan_operation plan_operations[OP_COUNT];

struct plan {
    char *base;
    uint32_t size;
    const struct plan_header *header;
    const struct plan_op *ops;
};

/* Checks every offset, length and index of a plan, so that nothing later has to. Returns 0, or
 * -EBADMSG and in *bad the index of the operation that is wrong, -1 for the header. */
int plan_decode(struct plan *plan, void *base, size_t size, int *bad);

static inline const char *plan_text(const struct plan *plan, uint64_t reference) {
    return plan->base + (uint32_t)reference;
}

static inline uint32_t plan_length(uint64_t reference) { return (uint32_t)(reference >> 32); }

static inline uint64_t *plan_vector(const struct plan *plan, uint64_t reference) {
    return (uint64_t *)(void *)(plan->base + (uint32_t)reference);
}

#endif
