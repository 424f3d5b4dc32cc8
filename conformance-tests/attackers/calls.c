/* Every system call of an ABI, each in a child of its own with all arguments -1. Prints `ABI NUMBER ERRNO` or `ABI NUMBER SIGNAL`.
 * Usage: calls native|i386|x32 COUNT */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static long call(int i386, long number) {
    long result = number;
    if (i386)
        __asm__ volatile("push %%rbp\n mov $-1, %%rbp\n int $0x80\n pop %%rbp"
                         : "+a"(result)
                         : "b"(-1L), "c"(-1L), "d"(-1L), "S"(-1L), "D"(-1L)
                         : "memory", "r8", "r9", "r10", "r11");
    else {
        register long r10 __asm__("r10") = -1, r8 __asm__("r8") = -1, r9 __asm__("r9") = -1;
        __asm__ volatile("syscall" : "+a"(result) : "D"(-1L), "S"(-1L), "d"(-1L), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    }
    return result;
}

int main(int count, char **arguments) {
    if (count < 3)
        return 2;
    int i386 = strcmp(arguments[1], "i386") == 0;
    long base = strcmp(arguments[1], "x32") == 0 ? 0x40000000 : 0;
    for (long number = 0; number < atol(arguments[2]); number++) {
        int pipes[2], status;
        long result = 0;
        (void)!pipe(pipes);
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            alarm(1);
            setpgid(0, 0);
            result = call(i386, base + number);
            if (i386)
                result = (int)result;
            (void)!write(pipes[1], &result, sizeof result);
            _exit(0);
        }
        close(pipes[1]);
        long size = read(pipes[0], &result, sizeof result);
        close(pipes[0]);
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        if (size == sizeof result)
            printf("%s %ld %s\n", arguments[1], number, result == -1 ? "EPERM" : result == -38 ? "ENOSYS" : "other");
        else
            printf("%s %ld ended\n", arguments[1], number);
    }
    return 0;
}
