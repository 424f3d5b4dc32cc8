package io.demitasse.linux.security;

import static io.demitasse.linux.SyscallException.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.linux.Errno;
import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Filters in the kernel. A filter belongs to the thread that loads it and to what that thread
 * starts, so that each test loads it in a thread which then ends.
 */
@Timeout(120)
class SeccompFilterTest {
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SECCOMP_SET_MODE_FILTER = 1;
    private static final int CLONE_NEWUTS = 0x04000000;
    private static final int AF_INET = 2;
    private static final int AF_VSOCK = 40;
    private static final int SOCK_STREAM = 1;

    private static final MemoryLayout SOCK_FPROG =
            MemoryLayout.structLayout(
                    JAVA_SHORT.withName("len"),
                    MemoryLayout.paddingLayout(6),
                    JAVA_LONG.withName("filter"));

    private static final SeccompProgram DEFAULT =
            SeccompCompiler.compile(RuntimeDefault.profile(CapabilitySet.DEFAULT));

    @Test
    void shouldDenyNewNamespaces() throws Exception {
        Callable<Long> unshare = () -> call(SystemCall.UNSHARE, CLONE_NEWUTS, 0);

        assertThat(inThread(unshare)).as("without a filter").isZero();
        assertThat(filtered(unshare)).isEqualTo(-Errno.EPERM);
    }

    @Test
    void shouldHideCloneThree() throws Exception {
        Callable<Long> clone3 = () -> call(SystemCall.CLONE3, 0, 0);

        assertThat(inThread(clone3)).as("without a filter").isEqualTo(-Errno.EINVAL);
        assertThat(filtered(clone3)).isEqualTo(-Errno.ENOSYS);
    }

    @Test
    void shouldTellSocketFamiliesApart() throws Exception {
        assertThat(filtered(() -> socket(AF_VSOCK))).isEqualTo(-Errno.EPERM);
        assertThat(inThread(() -> socket(AF_VSOCK)))
                .as("without a filter")
                .isNotEqualTo(-Errno.EPERM);
        assertThat(filtered(() -> socket(AF_INET))).isZero();
    }

    /** {@return 0 for a socket, which is closed, or a negated errno} */
    private static long socket(int family) {
        long socket = call(SystemCall.SOCKET, family, SOCK_STREAM);
        if (socket < 0) {
            return socket;
        }
        return call(SystemCall.CLOSE, socket, 0);
    }

    private static long call(long number, long first, long second) {
        try (var arena = Arena.ofConfined()) {
            return Kernel.call(CallState.in(arena), number, first, second);
        }
    }

    private static long filtered(Callable<Long> action) throws Exception {
        return inThread(() -> {
            load(DEFAULT);
            return action.call();
        });
    }

    private static long inThread(Callable<Long> action) throws Exception {
        var task = new FutureTask<>(action);
        Thread.ofPlatform().name("filtered").start(task).join();
        return task.get();
    }

    private static void load(SeccompProgram program) throws Exception {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            check(
                    Kernel.call(state, SystemCall.PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
                    "prctl(PR_SET_NO_NEW_PRIVS, 1)");
            check(
                    Kernel.call(
                            state,
                            SystemCall.SECCOMP,
                            SECCOMP_SET_MODE_FILTER,
                            0,
                            filter(arena, program).address()),
                    "seccomp(SECCOMP_SET_MODE_FILTER, 0, %d instructions)",
                    program.instructionCount());
        }
    }

    private static MemorySegment filter(Arena arena, SeccompProgram program) {
        var instructions = arena.allocate(program.toByteArray().length, 8);
        instructions.copyFrom(MemorySegment.ofArray(program.toByteArray()));
        var filter = arena.allocate(SOCK_FPROG);
        filter.set(JAVA_SHORT, 0, (short) program.instructionCount());
        filter.set(
                JAVA_LONG,
                SOCK_FPROG.byteOffset(MemoryLayout.PathElement.groupElement("filter")),
                instructions.address());
        assertThat(instructions.get(JAVA_BYTE, 0)).isNotZero();
        return filter;
    }
}
