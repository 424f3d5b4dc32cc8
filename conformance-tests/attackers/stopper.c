/* Stops, again and again, every process of its PID namespace that is not its own parent, itself or process 1: one that is on its way in as well.
 * Usage: stopper [SECONDS] [SPARED-PID...] */
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MANY 4096

static char spared[MANY];

int main(int count, char **arguments) {
    time_t end = time(NULL) + (count > 1 ? atoi(arguments[1]) : 30);
    int highest = getpid();
    for (int i = 2; i < count; i++)
        spared[atoi(arguments[i]) % MANY] = 1;
    spared[getpid()] = spared[getppid()] = spared[0] = spared[1] = 1;
    while (time(NULL) < end)
        for (int round = 0; round < 20000; round++) {
            for (int pid = highest + 1; pid < highest + 8 && pid < MANY; pid++)
                if (!spared[pid] && kill(pid, SIGSTOP) == 0)
                    highest = pid;
            if (highest > MANY - 100)
                return 0;
        }
    return 0;
}
