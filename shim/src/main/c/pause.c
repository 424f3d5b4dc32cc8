/* The first process of a pid namespace that several containers share. */
#include "shim.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static void end(int signal) { _exit(128 + signal); }

noreturn void pause_main(void) {
    prctl(PR_SET_NAME, "demitasse-pause");
    /* The kernel reaps for a parent that ignores SIGCHLD, orphans included. A process 1 without
     * handlers does not even notice SIGTERM. */
    signal(SIGCHLD, SIG_IGN);
    signal(SIGTERM, end);
    signal(SIGINT, end);
    for (;;)
        pause();
}
