/* Tries, as whoever runs it, what can be done with each path that standard input names, and says what could be. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* Neither waits for a FIFO, nor follows a link. */
static int can_open(const char *path, int flags) {
    int fd = open(path, flags | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static int can_create(const char *directory) {
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/reached", directory);
    if (mkdir(path, 0700) < 0)
        return 0;
    rmdir(path);
    return 1;
}

/* "connect", or "talk" if whoever listens says something at once, as a shim does. */
static const char *try_socket(const char *path) {
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET};
    struct timeval patience = {.tv_sec = 5};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    /* The name may be longer than sun_path: the directory becomes the current one. */
    char directory[PATH_MAX];
    snprintf(directory, sizeof directory, "%s", path);
    char *slash = strrchr(directory, '/');
    if (slash == NULL || strlen(slash) >= sizeof address.sun_path)
        return NULL;
    strcpy(address.sun_path, slash + 1);
    *slash = 0;
    if (chdir(directory) < 0)
        return NULL;
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
        char said[64];
        int fd = socket(AF_UNIX, types[i] | SOCK_CLOEXEC, 0);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
            close(fd);
            continue;
        }
        int talks = types[i] == SOCK_SEQPACKET && recv(fd, said, sizeof said, 0) > 0;
        close(fd);
        return talks ? "talk" : "connect";
    }
    return NULL;
}

int main(void) {
    char path[PATH_MAX];
    while (fgets(path, sizeof path, stdin) != NULL) {
        struct stat status;
        path[strcspn(path, "\n")] = 0;
        if (lstat(path, &status) < 0)
            continue;
        if (S_ISSOCK(status.st_mode)) {
            const char *reached = try_socket(path);
            if (reached != NULL)
                printf("%s %s\n", reached, path);
            continue;
        }
        if (S_ISLNK(status.st_mode)) {
            printf("readlink %s\n", path);
            continue;
        }
        if (can_open(path, O_RDONLY))
            printf("%s %s\n", S_ISDIR(status.st_mode) ? "list" : "read", path);
        if (S_ISDIR(status.st_mode) ? can_create(path) : can_open(path, O_WRONLY))
            printf("%s %s\n", S_ISDIR(status.st_mode) ? "create" : "write", path);
    }
    return 0;
}
