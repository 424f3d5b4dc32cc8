package io.demitasse.linux.process;

import static io.demitasse.linux.SyscallException.check;
import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A program started by this JVM without copying the JVM, and reaped by whoever awaits it.
 *
 * <p>posix_spawn(3) borrows our memory until the program runs, so its cost does not depend on the
 * size of the heap. The program finds the descriptors it was given at 3, 4 and so on. It also finds
 * every descriptor of this JVM that is not close-on-exec (the JDK opens many of those), and must
 * close what it was not given before it does anything else.
 */
public final class ChildProcess implements AutoCloseable {
    /** Copies sit above the numbers that the program's own descriptors are moved to. */
    private static final int ABOVE_ALL_TARGETS = 64;

    private static final int FIRST_TARGET = 3;

    private final Pidfd pidfd;
    private final int pid;

    private ChildProcess(Pidfd pidfd, int pid) {
        this.pidfd = pidfd;
        this.pid = pid;
    }

    /** Runs the program behind a descriptor, with an empty environment. */
    public static ChildProcess start(Fd executable, List<String> arguments, List<Fd> given)
            throws SyscallException {
        var copies = new ArrayList<Fd>();
        try (var arena = Arena.ofConfined()) {
            for (var fd : given) {
                copies.add(duplicate(arena, fd));
            }
            var program = duplicate(arena, executable);
            copies.add(program);
            int pid = spawn(arena, program, arguments, copies.subList(0, given.size()));
            // Our child cannot be recycled before we reap it, so the pid still means this process.
            return new ChildProcess(Pidfd.open(pid), pid);
        } finally {
            copies.forEach(Fd::close);
        }
    }

    private static int spawn(Arena arena, Fd program, List<String> arguments, List<Fd> given)
            throws SyscallException {
        var actions = arena.allocate(ProcessSyscalls.FILE_ACTIONS_BYTES, 16);
        check(
                ProcessSyscalls.posix_spawn_file_actions_init(actions),
                "posix_spawn_file_actions_init()");
        try {
            for (int i = 0; i < given.size(); i++) {
                check(
                        ProcessSyscalls.posix_spawn_file_actions_adddup2(
                                actions, given.get(i).number(), FIRST_TARGET + i),
                        "posix_spawn_file_actions_adddup2(%s, %d)",
                        given.get(i),
                        FIRST_TARGET + i);
            }
            var pid = arena.allocate(JAVA_INT);
            var path = "/proc/self/fd/" + program.number();
            check(
                    ProcessSyscalls.posix_spawn(
                            pid,
                            arena.allocateFrom(path),
                            actions,
                            vector(arena, arguments),
                            vector(arena, List.of())),
                    "posix_spawn(%s, %s)",
                    program,
                    arguments);
            return pid.get(JAVA_INT, 0);
        } finally {
            ProcessSyscalls.posix_spawn_file_actions_destroy(actions);
        }
    }

    private static Fd duplicate(Arena arena, Fd fd) throws SyscallException {
        return Fd.owning(
                check(
                        ProcessSyscalls.fcntl(
                                CallState.in(arena),
                                fd.number(),
                                ProcessSyscalls.F_DUPFD_CLOEXEC,
                                ABOVE_ALL_TARGETS),
                        "fcntl(%s, F_DUPFD_CLOEXEC, %d)",
                        fd,
                        ABOVE_ALL_TARGETS),
                fd.description());
    }

    private static MemorySegment vector(Arena arena, List<String> strings) {
        var vector = arena.allocate(ADDRESS, strings.size() + 1L);
        for (int i = 0; i < strings.size(); i++) {
            vector.setAtIndex(ADDRESS, i, arena.allocateFrom(strings.get(i)));
        }
        return vector;
    }

    /** {@return the process; closed together with this object} */
    public Pidfd pidfd() {
        return pidfd;
    }

    /** {@return its pid, for messages} */
    public int pid() {
        return pid;
    }

    /**
     * Waits for the end of the process and reaps it.
     *
     * @return its exit code, or the negated number of the signal that killed it
     */
    public int await() throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var info = arena.allocate(ProcessSyscalls.SIGINFO);
            check(
                    ProcessSyscalls.waitid(
                            CallState.in(arena),
                            ProcessSyscalls.P_PIDFD,
                            pidfd.fd().number(),
                            info,
                            ProcessSyscalls.WEXITED),
                    "waitid(P_PIDFD, %s, WEXITED)",
                    pidfd);
            int code =
                    (int) ProcessSyscalls.SIGINFO.varHandle(groupElement("si_code")).get(info, 0L);
            int status =
                    (int)
                            ProcessSyscalls.SIGINFO
                                    .varHandle(groupElement("si_status"))
                                    .get(info, 0L);
            return code == ProcessSyscalls.CLD_EXITED ? status : -status;
        }
    }

    @Override
    public void close() {
        pidfd.close();
    }
}
