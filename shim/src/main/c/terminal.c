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

static int attach_console(int slave) {
    int mount = (int)result_of(syscall(SYS_open_tree, slave, "",
                                       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
    if (mount < 0)
        return mount;
    int result = attach_mount(mount, "/dev/console", true, 0);
    close(mount);
    return result;
}

/* rows, columns, uid, console */
int open_terminal(int socket, const uint64_t *arguments) {
    struct statfs filesystem;
    int unlocked = 0;
    struct winsize size = {.ws_row = (unsigned short)arguments[0],
                           .ws_col = (unsigned short)arguments[1]};
    int master = open_in_root("/dev/pts/ptmx", O_RDWR | O_NOCTTY, 0);
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
        int result = attach_console(slave);
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
