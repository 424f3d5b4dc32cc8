/* One program, three roles: spawner, shim, pause. */
#ifndef SHIM_H
#define SHIM_H

#include "plan.h"
#include "protocol.h"

#include <stdnoreturn.h>

/* Descriptors of the spawner, and of a shim until its process runs. 0 to 2 are an empty file. */
enum {
    FD_CONTROL = 3, /* orders; closed by the shim before it does anything of the plan */
    FD_LOCK = 4,    /* held while a launch is in flight, by spawner and shim alone */
    FD_SELF = 5,    /* this program */
    FD_CONNECTION = 6,
    FD_PLAN = 7,
    FD_FIRST = 8, /* descriptor 0 of the plan */
};

/* The page that the process under construction and its shim share until the exec. */
struct launch_result {
    volatile int operation; /* the one that is being performed */
    volatile int error;     /* errno, once one failed */
};

struct launch {
    struct plan plan;
    struct launch_result *result;
    int streams[3];      /* what becomes 0 to 2, or NO_FD */
    int terminal_socket; /* where the master of the terminal goes, or NO_FD */
    int execution[2];    /* a pipe whose write end the process alone has until its exec */
};

/* What a shim watches once its process runs. */
struct watched {
    enum monitor_kind kind;
    int connection, directory, log, listener, pidfd, input, output, error, terminal;
    int pid;
    int64_t started;
};

/* The title is what ps shows: a shim replaces its first word. */
noreturn void spawner_main(char *title, const char *lock, int given);
noreturn void pause_main(void);

/*
 * Takes the kernel's defaults for what a process inherits, best before anything is forked. What cannot be had is left,
 * but for securebits: 0 or -errno.
 */
int reset_inherited(void);

/* The life of one shim, from the fork on; it has the first descriptors of its plan. */
noreturn void shim_main(char *title, int fds);

/* Performs operation index of the plan; 0 or -errno. An exec returns only if it fails. */
int operation_perform(struct launch *launch, uint32_t index);

/* First act of the new process, then all operations behind the clone. */
noreturn void process_main(struct launch *launch, uint32_t first);

/* Listens on shim.sock in the directory. */
int monitor_listen(int directory);

/* Gives up for good all that monitor_main does not need. */
void monitor_confine(void);

noreturn void monitor_main(struct watched *watched);

int64_t now(void);

#endif
