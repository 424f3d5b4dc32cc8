/* The first process of a pod, for runtimes that need one: sleeps until it is told to end. */
#include <signal.h>
#include <unistd.h>

static void end(int signal) {
    (void)signal;
    _exit(0);
}

int main(void) {
    signal(SIGTERM, end);
    signal(SIGINT, end);
    signal(SIGCHLD, SIG_IGN); /* orphans of the pod are reaped by the kernel */
    for (;;) {
        pause();
    }
}
