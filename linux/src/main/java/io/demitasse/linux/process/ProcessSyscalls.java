package io.demitasse.linux.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * Raw layer: pidfd_open(2), pidfd_send_signal(2), waitid(2), ppoll(2), fcntl(2), setpriority(2),
 * prctl(2), prlimit(2), umask(2), posix_spawn(3).
 */
final class ProcessSyscalls {
    // flags of pidfd_send_signal(2)
    static final int PIDFD_SIGNAL_PROCESS_GROUP = 1 << 2;

    // idtype of waitid(2)
    static final int P_PIDFD = 3;

    // options of waitid(2)
    static final int WEXITED = 0x00000004;

    // si_code of waitid(2)
    static final int CLD_EXITED = 1;

    // which of setpriority(2)
    static final int PRIO_PROCESS = 0;

    // option of prctl(2)
    static final int PR_SET_DUMPABLE = 4;

    // events of ppoll(2)
    static final short POLLIN = 0x001;

    // cmd of fcntl(2)
    static final int F_DUPFD_CLOEXEC = 1030;

    // siginfo_t as waitid(2) fills it in; the rest of its union is padding here
    static final StructLayout SIGINFO =
            MemoryLayout.structLayout(
                    JAVA_INT.withName("si_signo"),
                    JAVA_INT.withName("si_errno"),
                    JAVA_INT.withName("si_code"),
                    MemoryLayout.paddingLayout(4),
                    JAVA_INT.withName("si_pid"),
                    JAVA_INT.withName("si_uid"),
                    JAVA_INT.withName("si_status"),
                    MemoryLayout.paddingLayout(100));

    static final StructLayout POLLFD =
            MemoryLayout.structLayout(
                    JAVA_INT.withName("fd"),
                    JAVA_SHORT.withName("events"),
                    JAVA_SHORT.withName("revents"));

    static final StructLayout TIMESPEC =
            MemoryLayout.structLayout(JAVA_LONG.withName("tv_sec"), JAVA_LONG.withName("tv_nsec"));

    static final StructLayout RLIMIT64 =
            MemoryLayout.structLayout(
                    JAVA_LONG.withName("rlim_cur"), JAVA_LONG.withName("rlim_max"));

    // posix_spawn_file_actions_t is 80 bytes in glibc; it is opaque, so leave room for others
    static final long FILE_ACTIONS_BYTES = 256;

    /**
     * One signature for the whole posix_spawn family, as wide as its widest member: linking a new
     * shape costs milliseconds, and a C function ignores register arguments it does not have.
     */
    private static final FunctionDescriptor SIX_LONGS =
            FunctionDescriptor.of(
                    JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    private static final SymbolLookup LIBC = Kernel.library("libc.so.6");
    private static final MethodHandle POSIX_SPAWN = libc("posix_spawn");
    private static final MethodHandle FILE_ACTIONS_INIT = libc("posix_spawn_file_actions_init");
    private static final MethodHandle FILE_ACTIONS_ADDDUP2 =
            libc("posix_spawn_file_actions_adddup2");
    private static final MethodHandle FILE_ACTIONS_DESTROY =
            libc("posix_spawn_file_actions_destroy");

    private ProcessSyscalls() {}

    private static MethodHandle libc(String function) {
        return Kernel.function(LIBC, function, SIX_LONGS);
    }

    static long pidfd_open(CallState state, int pid, int flags) {
        return Kernel.call(state, SystemCall.PIDFD_OPEN, pid, flags);
    }

    static long pidfd_send_signal(CallState state, int pidfd, int signal, int flags) {
        return Kernel.call(state, SystemCall.PIDFD_SEND_SIGNAL, pidfd, signal, 0, flags);
    }

    static long waitid(CallState state, int idtype, int id, MemorySegment info, int options) {
        return Kernel.call(state, SystemCall.WAITID, idtype, id, info.address(), options, 0);
    }

    static long ppoll(CallState state, MemorySegment fds, int nfds, MemorySegment timeout) {
        return Kernel.call(state, SystemCall.PPOLL, fds.address(), nfds, timeout.address(), 0, 8);
    }

    static long setpriority(CallState state, int which, int who, int priority) {
        return Kernel.call(state, SystemCall.SETPRIORITY, which, who, priority);
    }

    static long prlimit64(
            CallState state,
            int pid,
            int resource,
            MemorySegment new_limit,
            MemorySegment old_limit) {
        return Kernel.call(
                state,
                SystemCall.PRLIMIT64,
                pid,
                resource,
                new_limit.address(),
                old_limit.address());
    }

    static long umask(CallState state, int mask) {
        return Kernel.call(state, SystemCall.UMASK, mask);
    }

    static long prctl(CallState state, int option, long argument) {
        return Kernel.call(state, SystemCall.PRCTL, option, argument, 0, 0, 0);
    }

    static long fcntl(CallState state, int fd, int cmd, long argument) {
        return Kernel.call(state, SystemCall.FCNTL, fd, cmd, argument);
    }

    /** {@return 0, or a negated errno} */
    static int posix_spawn(
            MemorySegment pid,
            MemorySegment path,
            MemorySegment file_actions,
            MemorySegment argv,
            MemorySegment envp) {
        try {
            return -(int)
                    POSIX_SPAWN.invokeExact(
                            pid.address(),
                            path.address(),
                            file_actions.address(),
                            0L,
                            argv.address(),
                            envp.address());
        } catch (Throwable thrown) {
            throw Kernel.unreachable(thrown);
        }
    }

    static int posix_spawn_file_actions_init(MemorySegment file_actions) {
        return fileActions(FILE_ACTIONS_INIT, file_actions, 0, 0);
    }

    static int posix_spawn_file_actions_adddup2(MemorySegment file_actions, int fd, int newfd) {
        return fileActions(FILE_ACTIONS_ADDDUP2, file_actions, fd, newfd);
    }

    static int posix_spawn_file_actions_destroy(MemorySegment file_actions) {
        return fileActions(FILE_ACTIONS_DESTROY, file_actions, 0, 0);
    }

    private static int fileActions(MethodHandle function, MemorySegment actions, long a, long b) {
        try {
            return -(int) function.invokeExact(actions.address(), a, b, 0L, 0L, 0L);
        } catch (Throwable thrown) {
            throw Kernel.unreachable(thrown);
        }
    }
}
