/* Paths of the container that are made where they are missing: mount points, and the directory to work in. */
#include "operations.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* As many as the kernel follows in one path: path_resolution(7). */
#define LINKS_AT_MOST 40

/*
 * A path on the way. We follow its links ourselves, because openat2(2) follows none whose target is missing. What is
 * done has no link in it; what is left begins with the next name. Everything is opened from the root of the container
 * and never out of it, whoever changes the tree meanwhile.
 */
struct walk {
    char done[PATH_MAX], left[PATH_MAX];
    size_t done_length;
    int links, parent; /* parent: what is done, opened */
    uint64_t resolve;
};

static int append(struct walk *walk, const char *name, size_t length) {
    if (walk->done_length + 1 + length >= sizeof walk->done)
        return -ENAMETOOLONG;
    walk->done[walk->done_length] = '/';
    memcpy(walk->done + walk->done_length + 1, name, length);
    walk->done_length += 1 + length;
    walk->done[walk->done_length] = 0;
    return 0;
}

/* Above the root is the root. */
static void go_up(struct walk *walk) {
    while (walk->done_length > 0 && walk->done[--walk->done_length] != '/')
        ;
    walk->done[walk->done_length] = 0;
}

static int open_done(const struct walk *walk) {
    const char *path = walk->done_length > 0 ? walk->done : "/";
    return open_in_root(path, O_PATH | O_NOFOLLOW, walk->resolve);
}

static int enter(struct walk *walk, int fd) {
    if (fd < 0)
        return fd;
    close(walk->parent);
    walk->parent = fd;
    return 0;
}

/* Replaces a link, which is the last name that is done, by its target in front of what is left. */
static int follow(struct walk *walk, int link) {
    char target[PATH_MAX];
    /* The kernel says whether it would follow this link: not a magic one, and none that leads to itself. */
    int known = open_in_root(walk->done, O_PATH, walk->resolve);
    if (known >= 0)
        close(known);
    else if (known != -ENOENT)
        return known;
    if (++walk->links > LINKS_AT_MOST)
        return -ELOOP;
    long length = result_of(readlinkat(link, "", target, sizeof target));
    size_t left = strlen(walk->left);
    if (length < 0)
        return (int)length;
    if ((size_t)length + 1 + left >= sizeof walk->left)
        return -ENAMETOOLONG;
    memmove(walk->left + length + 1, walk->left, left + 1);
    memcpy(walk->left, target, (size_t)length);
    walk->left[length] = '/';
    go_up(walk);
    if (target[0] == '/')
        walk->done[walk->done_length = 0] = 0;
    return enter(walk, open_done(walk));
}

static int make(int parent, const char *name, bool file) {
    if (!file)
        return mkdirat(parent, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
    int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno != EEXIST ? -errno : 0;
    close(fd);
    return 0;
}

/* Opens the last name that is done; makes it where it is missing. */
static int open_name(const struct walk *walk, size_t length, bool file) {
    int fd = open_done(walk);
    if (fd != -ENOENT)
        return fd;
    int made = make(walk->parent, walk->done + walk->done_length - length, file);
    return made < 0 ? made : open_done(walk);
}

static int step(struct walk *walk, bool file) {
    const char *name = walk->left + strspn(walk->left, "/");
    size_t length = strcspn(name, "/");
    const char *rest = name + length + strspn(name + length, "/");
    bool stays = length == 0 || (length == 1 && name[0] == '.');
    bool up = length == 2 && name[0] == '.' && name[1] == '.';
    int result = stays || up ? 0 : append(walk, name, length);
    if (result < 0)
        return result;
    memmove(walk->left, rest, strlen(rest) + 1);
    if (stays)
        return 0;
    if (up) {
        go_up(walk);
        return enter(walk, open_done(walk));
    }
    int fd = open_name(walk, length, file && walk->left[0] == 0);
    struct stat status;
    if (fd < 0)
        return fd;
    if (fstat(fd, &status) == 0 && !S_ISLNK(status.st_mode))
        return enter(walk, fd);
    result = follow(walk, fd);
    close(fd);
    return result;
}

int open_target(const char *path, bool file, uint64_t resolve) {
    struct walk walk;
    int fd = open_in_root(path, O_PATH, resolve);
    if (fd != -ENOENT)
        return fd;
    if (strlen(path) >= sizeof walk.left)
        return -ENAMETOOLONG;
    strcpy(walk.left, path);
    walk.done[walk.done_length = 0] = 0;
    walk.links = 0;
    walk.resolve = resolve;
    int result = walk.parent = open_done(&walk);
    while (result >= 0 && walk.left[0] != 0)
        result = step(&walk, file);
    if (result >= 0)
        return walk.parent;
    if (walk.parent >= 0)
        close(walk.parent);
    return result;
}
