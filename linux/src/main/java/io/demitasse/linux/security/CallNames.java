package io.demitasse.linux.security;

import static io.demitasse.linux.security.SeccompSyscalls.SCMP_ARCH_X86;

import java.lang.foreign.Arena;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * The numbers behind the names of system calls, by architecture: libseccomp's, but for some of
 * i386.
 *
 * <p>There it answers with numbers of its own for calls that once went through socketcall(2) and
 * ipc(2) alone, and that have had numbers in the kernel since Linux 4.3 and 5.1.
 */
final class CallNames {
    private static final Map<String, Integer> DIRECT_IN_I386 =
            """
            recvmmsg 337
            sendmmsg 345
            socket 359
            socketpair 360
            bind 361
            connect 362
            listen 363
            accept4 364
            getsockopt 365
            setsockopt 366
            getsockname 367
            getpeername 368
            sendto 369
            sendmsg 370
            recvfrom 371
            recvmsg 372
            shutdown 373
            semget 393
            semctl 394
            shmget 395
            shmctl 396
            shmat 397
            shmdt 398
            msgget 399
            msgsnd 400
            msgrcv 401
            msgctl 402
            """
                    .lines()
                    .collect(
                            Collectors.toMap(
                                    line -> line.substring(0, line.indexOf(' ')),
                                    line ->
                                            Integer.valueOf(
                                                    line.substring(line.indexOf(' ') + 1))));

    private CallNames() {}

    /** {@return the number of a call, unless the architecture or libseccomp does not have it} */
    static OptionalInt number(int table, String name, Arena arena) {
        var direct = table == SCMP_ARCH_X86 ? DIRECT_IN_I386.get(name) : null;
        int number =
                direct == null
                        ? SeccompSyscalls.seccomp_syscall_resolve_name_arch(
                                table, arena.allocateFrom(name))
                        : direct;
        return number < 0 ? OptionalInt.empty() : OptionalInt.of(number);
    }
}
