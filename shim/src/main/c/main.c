#include "shim.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int main(int argc, char **argv) {
    static const char usage[] = "demitasse-shim: started by the daemon, not by hand\n";
    if (argc >= 1 && strcmp(argv[0], "demitasse-pause") == 0)
        pause_main();
    if (argc == 3 && strcmp(argv[0], "demitasse-spawner") == 0)
        spawner_main(argv[0], argv[1], argv[2][0] - '0');
    (void)!write(2, usage, sizeof usage - 1);
    return 2;
}
