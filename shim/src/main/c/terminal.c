/* The terminal of a process, in the devpts of its container. */
#include "operations.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <termios.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* "/dev/pts/" and a number */
static void name_of(char *name, unsigned number) {
    char digits[10];
    int count = 0;
    for (const char *prefix = "/dev/pts/"; *prefix != 0; prefix++)
        *name++ = *prefix;
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (count > 0)
        *name++ = digits[--count];
    *name = 0;
}

static int attach_console(int master) {
    char name[24];
    unsigned number;
    if (ioctl(master, TIOCGPTN, &number) < 0)
        return -errno;
    name_of(name, number);
    int slave = open_in_root(name, O_PATH, RESOLVE_NO_SYMLINKS);
    if (slave < 0)
        return slave;
    int mount = (int)result_of(syscall(SYS_open_tree, slave, "",
                                       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
    int result = mount < 0 ? mount : attach_mount(mount, "/dev/console", true, 0);
    if (mount >= 0)
        close(mount);
    close(slave);
    return result;
}

/* rows, columns, uid, console */
int open_terminal(int socket, const uint64_t *arguments) {
    struct statfs filesystem;
    int unlocked = 0;
    struct winsize size = {.ws_row = (unsigned short)arguments[0],
                           .ws_col = (unsigned short)arguments[1]};
    int master = open_in_root("/dev/pts/ptmx", O_RDWR | O_NOCTTY, RESOLVE_NO_SYMLINKS);
    if (master < 0)
        return master;
    if (fstatfs(master, &filesystem) < 0)
        return -errno;
    if (filesystem.f_type != DEVPTS_SUPER_MAGIC)
        return -ENODEV;
    if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
        return -errno;
    int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0 || ioctl(slave, TIOCSWINSZ, &size) < 0 ||
        fchown(slave, (uid_t)arguments[2], (gid_t)-1) < 0)
        return -errno;
    if (arguments[3] != 0) {
        int result = attach_console(master);
        if (result < 0)
            return result;
    }
    if (!message_send(socket, MESSAGE_READY, (int64_t[MESSAGE_VALUES]){0}, master, -1) ||
        ioctl(slave, TIOCSCTTY, 0) < 0)
        return -errno;
    for (int stream = 0; stream < 3; stream++)
        if (dup2(slave, stream) < 0)
            return -errno;
    return 0;
}
