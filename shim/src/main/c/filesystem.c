/* Operations on what the process sees as its file system. */
#include "operations.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

struct place place = {NO_FD, NO_FD, NO_FD, NO_FD, NO_FD};

static int root(void) {
    if (place.root == NO_FD)
        place.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return place.root;
}

int open_in_root(const char *path, uint64_t flags, uint64_t resolve) {
    struct kernel_open_how how = {
        .flags = flags | O_CLOEXEC,
        .resolve = resolve | RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    return (int)result_of(syscall(SYS_openat2, root(), path, &how, sizeof how));
}

int write_once(int fd, const void *bytes, size_t length) {
    long written = result_of(write(fd, bytes, length));
    return written < 0 ? (int)written : (size_t)written == length ? 0 : -EIO;
}

static int move_to(int mount, int target) {
    return (int)result_of(syscall(SYS_move_mount, mount, "", target, "",
                                  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

int attach_mount(int mount, const char *path, bool file, uint64_t resolve) {
    int target = open_target(path, file, resolve);
    if (target < 0)
        return target;
    int result = move_to(mount, target);
    close(target);
    return result;
}

static int configure(int context, const char *key, const char *value) {
    return (int)result_of(
        *value == 0 ? syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, key, NULL, 0)
                    : syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0));
}

/* A detached mount of a new file system. Pairs are offsets of keys and values in the plan. */
static int new_filesystem(const char *type, const struct plan *plan, uint64_t options,
                          uint64_t attributes) {
    int context = (int)result_of(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
    if (context < 0)
        return context;
    int result = 0;
    const uint64_t *pairs = plan == NULL ? NULL : plan_vector(plan, options);
    for (uint32_t i = 0; pairs != NULL && result == 0 && i < plan_length(options); i += 2)
        result = configure(context, plan->base + pairs[i], plan->base + pairs[i + 1]);
    if (result == 0)
        result = (int)result_of(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
    if (result == 0)
        result = (int)result_of(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes));
    close(context);
    return result;
}

int mount_filesystem(const struct plan *plan, const uint64_t *arguments) {
    const char *type = plan_text(plan, arguments[0]), *target = plan_text(plan, arguments[1]);
    uint64_t resolve = arguments[4] != 0 ? RESOLVE_NO_SYMLINKS : 0;
    int mount = new_filesystem(type, plan, arguments[2], arguments[3]);
    if (mount < 0)
        return mount;
    place.mounted = mount;
    if (strcmp(type, "proc") == 0)
        place.procfs = mount;
    /* The descriptor stays open until the exec: nodes are made below it. */
    return attach_mount(mount, target, false, resolve);
}

int own_procfs(void) {
    if (place.procfs == NO_FD)
        place.procfs = new_filesystem("proc", NULL, 0,
                                      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    return place.procfs;
}

int pivot(int rootfs) {
    if (syscall(SYS_move_mount, rootfs, "", AT_FDCWD, "/root", MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return -errno;
    /* The old root ends up on top of the new one, and is taken off: pivot_root(2), NOTES. */
    if (fchdir(rootfs) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
        umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        return -errno;
    place.root = rootfs;
    return 0;
}

static int make_node_in(int directory, const char *name, const uint64_t *arguments) {
    if (mknodat(directory, name, (mode_t)arguments[1], (dev_t)arguments[2]) < 0)
        return -errno;
    if (arguments[3] == 0 && arguments[4] == 0)
        return 0;
    return fchownat(directory, name, (uid_t)arguments[3], (gid_t)arguments[4],
                    AT_SYMLINK_NOFOLLOW) < 0
               ? -errno
               : 0;
}

static bool is_null_device(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

/* A null device of our own, on a file system that nobody else sees. */
static int make_null(void) {
    int mount = new_filesystem("tmpfs", NULL, 0, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    if (mount < 0)
        return mount;
    int result = mknodat(mount, "null", S_IFCHR | 0666, makedev(1, 3)) < 0 ? -errno : 0;
    if (result == 0)
        result = (int)result_of(openat(mount, "null", O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    close(mount);
    return result;
}

/*
 * The container's own null device: whoever holds that of the node can change its mode and its times. Root of the
 * container may have put anything else there, a FIFO or another device: what is not the null device is not used.
 */
int open_null(void) {
    int fd = open_in_root("/dev/null", O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
    if (fd >= 0 && is_null_device(fd) && fcntl(fd, F_SETFL, 0) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return make_null();
}

int make_node(const char *name, const uint64_t *arguments) {
    const char *slash = strrchr(name, '/');
    char directory[PATH_MAX];
    if (name[0] != '/')
        return make_node_in(place.mounted, name, arguments);
    if ((size_t)(slash - name) + 1 >= sizeof directory)
        return -ENAMETOOLONG;
    memcpy(directory, name, (size_t)(slash - name) + 1);
    directory[slash - name + 1] = 0;
    int fd = open_target(directory, false, 0);
    if (fd < 0)
        return fd;
    int result = make_node_in(fd, slash + 1, arguments);
    close(fd);
    return result;
}

static int clone_mount(int fd, unsigned flags) {
    return (int)result_of(syscall(SYS_open_tree, fd, "",
                                  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flags));
}

static int cover_directory(int target) {
    if (place.empty != NO_FD) {
        int copy = clone_mount(place.empty, 0);
        if (copy < 0)
            return copy;
        int result = move_to(copy, target);
        close(copy);
        return result;
    }
    /* Attached first and cloned afterwards: older kernels do not clone a detached mount. */
    int empty = new_filesystem("tmpfs", NULL, 0,
                               MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                   MOUNT_ATTR_NOEXEC);
    if (empty < 0)
        return empty;
    place.empty = empty;
    return move_to(empty, target);
}

static int cover_file(int target) {
    if (place.null == NO_FD) {
        int null = open_in_root("/dev/null", O_PATH, 0);
        if (null < 0)
            return null;
        /* Whatever else were there would be shown instead of the masked file. */
        if (!is_null_device(null)) {
            close(null);
            return -ENODEV;
        }
        place.null = null;
    }
    int copy = clone_mount(place.null, 0);
    if (copy < 0)
        return copy;
    int result = move_to(copy, target);
    close(copy);
    return result;
}

int mask_path(const char *path) {
    struct stat status;
    int target = open_in_root(path, O_PATH, 0);
    if (target < 0)
        return target == -ENOENT ? 0 : target;
    int result = fstat(target, &status) < 0     ? -errno
                 : S_ISDIR(status.st_mode) ? cover_directory(target)
                                                : cover_file(target);
    close(target);
    return result;
}

int make_path_readonly(const char *path) {
    struct kernel_mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
    int target = open_in_root(path, O_PATH, 0);
    if (target < 0)
        return target == -ENOENT ? 0 : target;
    int copy = clone_mount(target, AT_RECURSIVE);
    int result = copy < 0 ? copy
                          : (int)result_of(syscall(SYS_mount_setattr, copy, "",
                                                   AT_EMPTY_PATH | AT_RECURSIVE, &read_only,
                                                   sizeof read_only));
    if (result == 0)
        result = move_to(copy, target);
    if (copy >= 0)
        close(copy);
    close(target);
    return result;
}

int make_root_readonly(void) {
    struct kernel_mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
    return (int)result_of(syscall(SYS_mount_setattr, root(), "", AT_EMPTY_PATH, &read_only,
                                  sizeof read_only));
}

int change_directory(const char *path, bool create) {
    int fd = create ? open_target(path, false, 0) : open_in_root(path, O_PATH, 0);
    if (fd < 0)
        return fd;
    int result = fchdir(fd) < 0 ? -errno : 0;
    close(fd);
    return result;
}
