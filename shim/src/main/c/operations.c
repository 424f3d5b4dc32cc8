/* The interpreter: one kernel call after the other, no policy. */
#include "operations.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define LAST_POSSIBLE_CAPABILITY 63

static int zero_or_errno(long returned) { return returned < 0 ? -errno : 0; }

/* A detached mount is attached once. Its descriptor is closed: some thousands would leave no room below RLIMIT_NOFILE. */
static int attach_given(int mount, const char *path, bool file) {
    int result = attach_mount(mount, path, file, 0);
    close(mount);
    return result;
}

static int write_file(const char *path, const void *bytes, size_t length, bool procfs) {
    struct statfs filesystem;
    int fd = open_in_root(path, O_WRONLY, procfs ? RESOLVE_NO_SYMLINKS : 0);
    if (fd < 0)
        return fd;
    int result = 0;
    if (procfs)
        result = fstatfs(fd, &filesystem) < 0             ? -errno
                 : filesystem.f_type != PROC_SUPER_MAGIC ? -ENODEV
                                                          : 0;
    if (result == 0)
        result = write_once(fd, bytes, length);
    close(fd);
    return result;
}

static int limit_resource(const uint64_t *arguments) {
    struct {
        uint64_t soft, hard;
    } limit = {arguments[1], arguments[2]};
    return zero_or_errno(syscall(SYS_prlimit64, 0, arguments[0], &limit, NULL));
}

/* Opens a file of our own in a procfs that nobody else can have touched, for writing. */
static int open_own(const char *name) {
    struct kernel_open_how how = {
        .flags = O_WRONLY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    int procfs = own_procfs();
    return procfs < 0 ? procfs
                      : (int)result_of(syscall(SYS_openat2, procfs, name, &how, sizeof how));
}

static int adjust_oom_score(int value, bool required) {
    char text[8];
    size_t length = sizeof text;
    unsigned rest = value < 0 ? 0u - (unsigned)value : (unsigned)value;
    do
        text[--length] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0 && length > 1);
    if (value < 0)
        text[--length] = '-';
    int fd = open_own("self/oom_score_adj");
    if (fd < 0)
        return fd;
    int result = write_once(fd, text + length, sizeof text - length);
    close(fd);
    return result == -EACCES && !required ? 0 : result;
}

/* The command is "exec PROFILE": the kernel looks the profile up now and changes to it at the exec. */
static int confine_at_exec(const char *command, size_t length) {
    int fd = open_own("self/attr/apparmor/exec");
    if (fd < 0)
        return fd;
    int result = write_once(fd, command, length);
    close(fd);
    return result;
}

static int drop_bounding(uint64_t kept) {
    for (int capability = 0; capability <= LAST_POSSIBLE_CAPABILITY; capability++)
        if ((kept >> capability & 1) == 0 && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) {
            if (errno == EINVAL) /* the kernel knows no more */
                return 0;
            return -errno;
        }
    return 0;
}

/* effective, permitted, inheritable, ambient */
static int set_capabilities(const uint64_t *sets) {
    struct kernel_cap_header header = {CAPABILITY_VERSION_3, 0};
    struct kernel_cap_data data[2];
    for (int half = 0; half < 2; half++) {
        data[half].effective = (uint32_t)(sets[0] >> 32 * half);
        data[half].permitted = (uint32_t)(sets[1] >> 32 * half);
        data[half].inheritable = (uint32_t)(sets[2] >> 32 * half);
    }
    if (syscall(SYS_capset, &header, data) < 0)
        return -errno;
    for (int capability = 0; capability <= LAST_POSSIBLE_CAPABILITY; capability++)
        if ((sets[3] >> capability & 1) != 0 &&
            prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0)
            return -errno;
    return 0;
}

static int load_seccomp(const struct plan *plan, uint64_t filter, uint64_t flags) {
    struct kernel_sock_fprog program = {
        .len = (unsigned short)(plan_length(filter) / 8),
        .filter = plan_text(plan, filter),
    };
    return zero_or_errno(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
}

/* A user other than root could not open /dev/stdout again if the pipe were root's. */
static void give_streams_to(uid_t uid) {
    for (int stream = 0; stream < 3; stream++) {
        struct stat status;
        if (fstat(stream, &status) == 0 &&
            !(S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)))
            (void)!fchown(stream, uid, (gid_t)-1); /* refused on a read-only file system */
    }
}

/* streams has a bit for each of descriptors 0 to 2. */
static int use_null(unsigned streams) {
    int null = open_null();
    if (null < 0)
        return null;
    for (int stream = 0; stream < 3; stream++)
        if ((streams >> stream & 1) != 0 && dup2(null, stream) < 0)
            return -errno;
    return 0; /* null itself is close-on-exec */
}

/*
 * Whoever owns what is made from now on. Unlike with another user's id proper, all capabilities stay: until a user
 * namespace is entered, which resets this.
 */
static int set_filesystem_ids(uid_t uid, gid_t gid) {
    int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
    if (bits < 0 || prctl(PR_SET_SECUREBITS, bits | KERNEL_SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0)
        return -errno;
    syscall(SYS_setfsgid, gid);
    syscall(SYS_setfsuid, uid);
    /* They tell what was, not whether it worked; an id that cannot be tells what is. */
    bool changed = (gid_t)syscall(SYS_setfsgid, -1) == gid && (uid_t)syscall(SYS_setfsuid, -1) == uid;
    return changed ? 0 : -EPERM;
}

static int set_ids(const struct plan *plan, const uint64_t *arguments) {
    uid_t uid = (uid_t)arguments[0];
    gid_t gid = (gid_t)arguments[1];
    if (uid != 0)
        give_streams_to(uid);
    /* The bare calls: libc's would tell threads that do not exist. */
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
        syscall(SYS_setgroups, plan_length(arguments[2]) / sizeof(uint32_t),
                plan_text(plan, arguments[2])) < 0 ||
        syscall(SYS_setresgid, gid, gid, gid) < 0 || syscall(SYS_setresuid, uid, uid, uid) < 0 ||
        prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
        return -errno;
    return 0;
}

static int join_session_keyring(void) {
    int result = zero_or_errno(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL));
    return result == -ENOSYS ? 0 : result;
}

/* In a new mount namespace are copies of the mounts that we have descriptors of: those belong to the one before. */
static int leave_namespaces(int flags) {
    if (unshare(flags) < 0)
        return -errno;
    if (flags & CLONE_NEWNS)
        place.root = place.mounted = place.empty = place.null = NO_FD;
    return 0;
}

/* Offsets become pointers in our copy of the plan, which ends with the exec. */
static char **pointers(const struct plan *plan, uint64_t reference) {
    uint64_t *vector = plan_vector(plan, reference);
    for (uint32_t i = 0; i < plan_length(reference); i++)
        vector[i] = (uint64_t)(uintptr_t)(plan->base + vector[i]);
    return (char **)(void *)vector;
}

/* Goes on to the next candidate where execvp(3) would. */
static int execute(const struct plan *plan, const uint64_t *arguments) {
    char **candidates = pointers(plan, arguments[0]);
    char **argv = pointers(plan, arguments[1]);
    char **envp = pointers(plan, arguments[2]);
    int error = ENOENT;
    for (; *candidates != NULL; candidates++) {
        execve(*candidates, argv, envp);
        if (errno == EACCES)
            error = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            return -errno;
    }
    return -error;
}

static int execute_self(const struct plan *plan, uint64_t vector) {
    char *none[] = {NULL};
    return zero_or_errno(
        syscall(SYS_execveat, FD_SELF, "", pointers(plan, vector), none, AT_EMPTY_PATH));
}

int operation_perform(struct launch *launch, uint32_t index) {
    const struct plan *plan = &launch->plan;
    const struct plan_op *op = &plan->ops[index];
    const uint64_t *a = op->arguments;
    switch ((enum operation_code)op->code) {
    case OP_SET_NAMESPACE:
        return zero_or_errno(setns(FD_FIRST + (int)a[0], (int)a[1]));
    case OP_UNSHARE:
        return leave_namespaces((int)a[0]);
    case OP_PIVOT:
        return pivot(FD_FIRST + (int)a[0]);
    case OP_MOUNT_FILESYSTEM:
        return mount_filesystem(plan, a);
    case OP_ATTACH_MOUNT:
        return attach_given(FD_FIRST + (int)a[0], plan_text(plan, a[1]), a[2] != 0);
    case OP_MAKE_DIRECTORY:
        return zero_or_errno(mkdirat(place.mounted, plan_text(plan, a[0]), (mode_t)a[1]));
    case OP_MAKE_NODE:
        return make_node(plan_text(plan, a[0]), a);
    case OP_MAKE_SYMLINK:
        return zero_or_errno(symlinkat(plan_text(plan, a[1]), place.mounted, plan_text(plan, a[0])));
    case OP_WRITE_FILE:
        return write_file(plan_text(plan, a[0]), plan_text(plan, a[1]), plan_length(a[1]), a[2] != 0);
    case OP_MASK_PATH:
        return mask_path(plan_text(plan, a[0]));
    case OP_READONLY_PATH:
        return make_path_readonly(plan_text(plan, a[0]));
    case OP_READONLY_ROOT:
        return make_root_readonly();
    case OP_LIMIT_RESOURCE:
        return limit_resource(a);
    case OP_ADJUST_OOM_SCORE:
        return adjust_oom_score((int)a[0], a[1] != 0);
    case OP_START_SESSION:
        return zero_or_errno(setsid());
    case OP_OPEN_TERMINAL:
        return open_terminal(launch->terminal_socket, a);
    case OP_JOIN_SESSION_KEYRING:
        return join_session_keyring();
    case OP_DROP_BOUNDING:
        return drop_bounding(a[0]);
    case OP_SET_CAPABILITIES:
        return set_capabilities(a);
    case OP_NO_NEW_PRIVILEGES:
        return zero_or_errno(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    case OP_LOAD_SECCOMP:
        return load_seccomp(plan, a[0], a[1]);
    case OP_SET_IDS:
        return set_ids(plan, a);
    case OP_SET_UMASK:
        umask((mode_t)a[0]);
        return 0;
    case OP_CHANGE_DIRECTORY:
        return change_directory(plan_text(plan, a[0]), a[1] != 0);
    case OP_EXECUTE:
        return execute(plan, a);
    case OP_EXECUTE_SELF:
        return execute_self(plan, a[0]);
    case OP_CONFINE_AT_EXEC:
        return confine_at_exec(plan_text(plan, a[0]), plan_length(a[0]));
    case OP_SET_FILESYSTEM_IDS:
        return set_filesystem_ids((uid_t)a[0], (gid_t)a[1]);
    case OP_GIVE_STREAMS:
        give_streams_to((uid_t)a[0]);
        return 0;
    case OP_OPEN_NULL:
        return use_null((unsigned)a[0]);
    case OP_CLONE: /* the shim does this itself, once */
    case OP_COUNT:
        break;
    }
    return -EBADMSG;
}
