/* What operations share: where the process under construction is. */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "kernel.h"
#include "shim.h"

#include <stdbool.h>

/* There is one process under construction per program, and these are its descriptors. */
struct place {
    int root;     /* / of the container */
    int mounted;  /* the file system mounted last */
    int procfs;   /* a procfs that nobody else can have touched */
    int empty;    /* an attached, empty, read-only directory */
    int null;     /* /dev/null of the container */
};

extern struct place place;

/* Opens a path of the container; a symbolic link cannot lead out of it. A descriptor or -errno. */
int open_in_root(const char *path, uint64_t flags, uint64_t resolve);

/* As above, for a mount point: makes it and the directories above it where they are missing, behind links as well. */
int open_target(const char *path, bool file, uint64_t resolve);

/* A descriptor of the procfs of our pid namespace, or -errno. */
int own_procfs(void);

/* Writes all bytes at once, as procfs wants it. */
int write_once(int fd, const void *bytes, size_t length);

int mount_filesystem(const struct plan *plan, const uint64_t *arguments);
int attach_mount(int mount, const char *path, bool file, uint64_t resolve);
int pivot(int rootfs);
int make_node(const char *name, const uint64_t *arguments);
int open_null(void);
int mask_path(const char *path);
int make_path_readonly(const char *path);
int make_root_readonly(void);
int change_directory(const char *path, bool create);
int open_terminal(int socket, const uint64_t *arguments);

#endif
