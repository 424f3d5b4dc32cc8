/* What may be done to a file that a path leads to; a line `VERB worked` or `VERB ERROR` for each.
 * Usage: onfile PATH [VERB...]       chmod, times, xattr, write, own, truncate, mmap; all of them if none is named
 * chmod gives it no rights at all: who asks for that means it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static int on_write(const char *path) {
    int fd = open(path, O_WRONLY);
    return fd < 0 ? -1 : close(fd);
}
static int on_times(const char *path) {
    struct timespec times[2] = {{1000000000, 0}, {1000000000, 0}};
    return utimensat(AT_FDCWD, path, times, 0);
}

int main(int count, char **arguments) {
    static const char *all[] = {"chmod", "times", "xattr", "write", "own"};
    int verbs = count > 2 ? count - 2 : 5, worked = 0;
    if (count < 2)
        return 2;
    for (int i = 0; i < verbs; i++) {
        const char *verb = count > 2 ? arguments[2 + i] : all[i], *path = arguments[1];
        int result = -1;
        errno = EINVAL;
        if (strcmp(verb, "chmod") == 0)
            result = chmod(path, 0);
        else if (strcmp(verb, "times") == 0)
            result = on_times(path);
        else if (strcmp(verb, "xattr") == 0)
            result = setxattr(path, "user.attack", "1", 1, 0);
        else if (strcmp(verb, "write") == 0)
            result = on_write(path);
        else if (strcmp(verb, "own") == 0)
            result = chown(path, 4711, 4711);
        fprintf(result == 0 ? stdout : stderr, "%s %s\n", verb, result == 0 ? "worked" : strerror(errno));
        worked += result == 0;
    }
    return worked > 0 ? 0 : 1;
}
