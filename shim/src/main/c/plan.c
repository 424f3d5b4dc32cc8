#include "plan.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

const struct plan_operation plan_operations[OP_COUNT] = {
    [OP_SET_NAMESPACE] = {"SET_NAMESPACE", "fn"},
    [OP_CLONE] = {"CLONE", "no"},
    [OP_UNSHARE] = {"UNSHARE", "n"},
    [OP_PIVOT] = {"PIVOT", "f"},
    [OP_MOUNT_FILESYSTEM] = {"MOUNT_FILESYSTEM", "ttvnn"},
    [OP_ATTACH_MOUNT] = {"ATTACH_MOUNT", "ftn"},
    [OP_MAKE_DIRECTORY] = {"MAKE_DIRECTORY", "tn"},
    [OP_MAKE_NODE] = {"MAKE_NODE", "tnnnn"},
    [OP_MAKE_SYMLINK] = {"MAKE_SYMLINK", "tt"},
    [OP_WRITE_FILE] = {"WRITE_FILE", "tbn"},
    [OP_MASK_PATH] = {"MASK_PATH", "t"},
    [OP_READONLY_PATH] = {"READONLY_PATH", "t"},
    [OP_READONLY_ROOT] = {"READONLY_ROOT", ""},
    [OP_LIMIT_RESOURCE] = {"LIMIT_RESOURCE", "nnn"},
    [OP_ADJUST_OOM_SCORE] = {"ADJUST_OOM_SCORE", "nn"},
    [OP_START_SESSION] = {"START_SESSION", ""},
    [OP_OPEN_TERMINAL] = {"OPEN_TERMINAL", "nnnn"},
    [OP_JOIN_SESSION_KEYRING] = {"JOIN_SESSION_KEYRING", ""},
    [OP_DROP_BOUNDING] = {"DROP_BOUNDING", "n"},
    [OP_SET_CAPABILITIES] = {"SET_CAPABILITIES", "nnnn"},
    [OP_NO_NEW_PRIVILEGES] = {"NO_NEW_PRIVILEGES", ""},
    [OP_LOAD_SECCOMP] = {"LOAD_SECCOMP", "bn"},
    [OP_SET_IDS] = {"SET_IDS", "nnb"},
    [OP_SET_UMASK] = {"SET_UMASK", "n"},
    [OP_CHANGE_DIRECTORY] = {"CHANGE_DIRECTORY", "tn"},
    [OP_EXECUTE] = {"EXECUTE", "vvv"},
    [OP_EXECUTE_SELF] = {"EXECUTE_SELF", "v"},
    [OP_CONFINE_AT_EXEC] = {"CONFINE_AT_EXEC", "t"},
    [OP_SET_FILESYSTEM_IDS] = {"SET_FILESYSTEM_IDS", "nn"},
    [OP_GIVE_STREAMS] = {"GIVE_STREAMS", "n"},
    [OP_OPEN_NULL] = {"OPEN_NULL", "n"},
};

static bool is_bytes(const struct plan *plan, uint64_t reference) {
    uint64_t offset = (uint32_t)reference;
    return offset + plan_length(reference) <= plan->size;
}

static bool is_text_at(const struct plan *plan, uint64_t offset) {
    return offset < plan->size && memchr(plan->base + offset, 0, plan->size - offset) != NULL;
}

static bool is_text(const struct plan *plan, uint64_t reference) {
    uint64_t offset = (uint32_t)reference, length = plan_length(reference);
    return offset + length < plan->size && plan->base[offset + length] == 0 &&
           memchr(plan->base + offset, 0, length) == NULL;
}

static bool is_vector(const struct plan *plan, uint64_t reference) {
    uint64_t offset = (uint32_t)reference, count = plan_length(reference);
    if (offset % sizeof(uint64_t) != 0 || offset + (count + 1) * sizeof(uint64_t) > plan->size)
        return false;
    const uint64_t *vector = plan_vector(plan, reference);
    for (uint64_t i = 0; i < count; i++)
        if (vector[i] == 0 || !is_text_at(plan, vector[i]))
            return false;
    return vector[count] == 0;
}

static bool is_fd(const struct plan *plan, uint64_t index) { return index < plan->header->fds; }

static bool is_argument(const struct plan *plan, char kind, uint64_t argument) {
    switch (kind) {
    case 'n':
        return true;
    case 'f':
        return is_fd(plan, argument);
    case 'o':
        return argument == UINT64_MAX || is_fd(plan, argument);
    case 't':
        return is_text(plan, argument);
    case 'b':
        return is_bytes(plan, argument);
    case 'v':
        return is_vector(plan, argument);
    default:
        return false;
    }
}

/* What has a meaning of its own beside the kind of each argument. */
static bool is_sensible(const struct plan_op *op) {
    switch (op->code) {
    case OP_MOUNT_FILESYSTEM: /* options are pairs */
        return plan_length(op->arguments[2]) % 2 == 0;
    case OP_EXECUTE: /* somewhere to look, and a name */
        return plan_length(op->arguments[0]) > 0 && plan_length(op->arguments[1]) > 0;
    case OP_EXECUTE_SELF:
        return plan_length(op->arguments[0]) > 0;
    case OP_SET_IDS:
        return plan_length(op->arguments[2]) % sizeof(uint32_t) == 0;
    case OP_LOAD_SECCOMP:
        return plan_length(op->arguments[0]) % 8 == 0 && plan_length(op->arguments[0]) <= 8 * 4096;
    default:
        return true;
    }
}

static bool is_header(const struct plan *plan, size_t size) {
    const struct plan_header *header = plan->header;
    if (header->magic != PLAN_MAGIC || header->version != PLAN_VERSION || header->size != size ||
        header->monitor > MONITOR_CONTAINER || header->operations == 0 ||
        header->fds > PLAN_MAX_FDS)
        return false;
    if (header->operations > (size - sizeof *header) / sizeof(struct plan_op))
        return false;
    if (header->monitor == MONITOR_CONTAINER &&
        (!is_fd(plan, (uint32_t)header->directory) || !is_fd(plan, (uint32_t)header->log)))
        return false;
    for (int i = 0; i < 3; i++) {
        int32_t stream = header->streams[i];
        bool logged = stream == LOGGED && header->monitor == MONITOR_CONTAINER;
        if (stream != NO_FD && !logged && !is_fd(plan, (uint32_t)stream))
            return false;
    }
    return true;
}

int plan_decode(struct plan *plan, void *base, size_t size, int *bad) {
    *bad = -1;
    if (size < sizeof(struct plan_header) || size > PLAN_MAX_BYTES)
        return -EBADMSG;
    plan->base = base;
    plan->size = (uint32_t)size;
    plan->header = base;
    plan->ops = (const struct plan_op *)(plan->header + 1);
    if (!is_header(plan, size))
        return -EBADMSG;
    int clones = 0;
    uint32_t last = plan->header->operations - 1;
    for (uint32_t i = 0; i <= last; i++) {
        const struct plan_op *op = &plan->ops[i];
        *bad = (int)i;
        if (op->code == 0 || op->code >= OP_COUNT)
            return -EBADMSG;
        const char *kinds = plan_operations[op->code].arguments;
        for (int a = 0; kinds[a] != 0; a++)
            if (!is_argument(plan, kinds[a], op->arguments[a]))
                return -EBADMSG;
        if (!is_sensible(op))
            return -EBADMSG;
        clones += op->code == OP_CLONE;
    }
    if (clones != 1 || (plan->ops[last].code != OP_EXECUTE && plan->ops[last].code != OP_EXECUTE_SELF))
        return -EBADMSG;
    return 0;
}
