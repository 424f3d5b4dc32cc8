/* Exchanges two names, as fast as it can. Usage: swapper ONE OTHER SECONDS */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments) {
    if (count < 4)
        return 2;
    long times = 0;
    time_t end = time(NULL) + atoi(arguments[3]);
    while ((times & 1023) != 0 || time(NULL) < end) {
        if (syscall(SYS_renameat2, AT_FDCWD, arguments[1], AT_FDCWD, arguments[2], 2 /* RENAME_EXCHANGE */) < 0) {
            perror("renameat2");
            return 1;
        }
        times++;
    }
    printf("%ld times\n", times);
    return 0;
}
