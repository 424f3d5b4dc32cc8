package io.demitasse.linux.security;

import static io.demitasse.linux.security.SeccompSyscalls.SCMP_ACT_ALLOW;
import static io.demitasse.linux.security.SeccompSyscalls.SCMP_ACT_ERRNO;
import static io.demitasse.linux.security.SeccompSyscalls.SCMP_ACT_KILL_THREAD;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.linux.Errno;
import io.demitasse.linux.security.SeccompProfile.Action;
import io.demitasse.linux.security.SeccompProfile.Comparison;
import io.demitasse.linux.security.SeccompProfile.Condition;
import io.demitasse.linux.security.SeccompProfile.Rule;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the filters decide, call by call; that the kernel takes them is SeccompFilterTest's. */
class SeccompCompilerTest {
    private static final int DENIED = SCMP_ACT_ERRNO | Errno.EPERM;
    private static final int NOT_KNOWN = SCMP_ACT_ERRNO | Errno.ENOSYS;
    private static final int LONGEST_PATH = 40;

    private static final SeccompProgram DEFAULT =
            SeccompCompiler.compile(RuntimeDefault.profile(CapabilitySet.DEFAULT));

    @ParameterizedTest
    @ValueSource(strings = {"read", "openat", "execve", "futex", "epoll_pwait", "chroot", "ptrace"})
    void shouldAllowWhatContainersNeed(String call) {
        assertThat(answer(DEFAULT, call)).isEqualTo(SCMP_ACT_ALLOW);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mount",
                "unshare",
                "setns",
                "bpf",
                "init_module",
                "kexec_load",
                "keyctl",
                "add_key",
                "io_uring_setup",
                "userfaultfd",
                "perf_event_open",
                "reboot",
                "swapon",
                "fsopen"
            })
    void shouldDenyWhatIsNotInTheList(String call) {
        assertThat(answer(DEFAULT, call)).isEqualTo(DENIED);
    }

    @Test
    void shouldAnswerCloneByItsFlagsAndCloneThreeAsIfItWereNotThere() {
        assertThat(answer(DEFAULT, "clone", 0x01200011L)).isEqualTo(SCMP_ACT_ALLOW);
        assertThat(answer(DEFAULT, "clone", 0x10000000L)).isEqualTo(DENIED);
        assertThat(answer(DEFAULT, "clone", 0x40000000L)).isEqualTo(DENIED);
        assertThat(answer(DEFAULT, "clone3")).isEqualTo(NOT_KNOWN);
    }

    @Test
    void shouldDenyFamiliesThatReachBeyondTheContainer() {
        assertThat(answer(DEFAULT, "socket", 1)).isEqualTo(SCMP_ACT_ALLOW);
        assertThat(answer(DEFAULT, "socket", 2)).isEqualTo(SCMP_ACT_ALLOW);
        assertThat(answer(DEFAULT, "socket", 16)).isEqualTo(SCMP_ACT_ALLOW);
        assertThat(answer(DEFAULT, "socket", 44)).isEqualTo(SCMP_ACT_ALLOW);
        assertThat(answer(DEFAULT, "socket", 38)).isEqualTo(DENIED);
        assertThat(answer(DEFAULT, "socket", 40)).isEqualTo(DENIED);
        assertThat(answer(DEFAULT, "socket", 46)).isEqualTo(DENIED);
        assertThat(answer(DEFAULT, "socket", 0x1_0000_0028L)).isEqualTo(DENIED);
    }

    @Test
    void shouldAllowTheUsualPersonalitiesOnly() {
        assertThat(answer(DEFAULT, "personality", 0)).isEqualTo(SCMP_ACT_ALLOW);
        assertThat(answer(DEFAULT, "personality", 0xffffffffL)).isEqualTo(SCMP_ACT_ALLOW);
        assertThat(answer(DEFAULT, "personality", 0x0040000)).isEqualTo(DENIED);
    }

    @Test
    void shouldOpenTheGroupsOfCallsThatACapabilityNeeds() {
        var administrator =
                SeccompCompiler.compile(
                        RuntimeDefault.profile(CapabilitySet.of(Capability.CAP_SYS_ADMIN)));

        assertThat(answer(administrator, "mount")).isEqualTo(SCMP_ACT_ALLOW);
        assertThat(answer(administrator, "clone", 0x10000000L)).isEqualTo(SCMP_ACT_ALLOW);
        assertThat(answer(administrator, "clone3")).isEqualTo(SCMP_ACT_ALLOW);
        assertThat(answer(administrator, "chroot")).isEqualTo(DENIED);
    }

    @Test
    void shouldAnswerCallsNewerThanThePolicyWithNotKnownSoThatLibraryFallsBack() {
        var machine = new ClassicBpfMachine(DEFAULT);

        assertThat(machine.answer(Architecture.NATIVE, 900)).isEqualTo(NOT_KNOWN);
    }

    @Test
    void shouldKillWhoUsesAnArchitectureOfAnotherMachine() {
        var machine = new ClassicBpfMachine(DEFAULT);

        assertThat(machine.answer(0x80000016, 1)).isEqualTo(SCMP_ACT_KILL_THREAD);
    }

    @Test
    void shouldStayATree() {
        var machine = new ClassicBpfMachine(DEFAULT);
        int longest = 0;
        for (int number = 0; number < 470; number++) {
            machine.answer(Architecture.NATIVE, number);
            longest = Math.max(longest, machine.steps());
        }

        assertThat(longest).isLessThan(LONGEST_PATH);
    }

    @Test
    void shouldCompareArgumentsAsTheRuleSays() {
        var allow = new Action.Allow();
        var program =
                SeccompCompiler.compile(
                        new SeccompProfile(
                                new Action.KillProcess(),
                                List.of(
                                        new Rule(
                                                List.of("read"),
                                                allow,
                                                List.of(
                                                        Condition.of(
                                                                0, Comparison.GREATER_OR_EQUAL, 5),
                                                        Condition.of(2, Comparison.LESS, 10))),
                                        new Rule(
                                                List.of("write", "no_such_call"),
                                                new Action.Trap(),
                                                List.of(Condition.masked(1, 0xf0, 0x30))))));

        assertThat(answer(program, "read", 5, 0, 9)).isEqualTo(SCMP_ACT_ALLOW);
        assertThat(answer(program, "read", 5, 0, 10))
                .isEqualTo(SeccompSyscalls.SCMP_ACT_KILL_PROCESS);
        assertThat(answer(program, "read", 4, 0, 9))
                .isEqualTo(SeccompSyscalls.SCMP_ACT_KILL_PROCESS);
        assertThat(answer(program, "write", 0, 0x3f)).isEqualTo(SeccompSyscalls.SCMP_ACT_TRAP);
    }

    @Test
    void shouldCompileAPolicyOnce() {
        var cache = new SeccompCache();

        assertThat(cache.runtimeDefault(CapabilitySet.DEFAULT))
                .isSameAs(cache.runtimeDefault(CapabilitySet.DEFAULT));
        assertThat(cache.program(RuntimeDefault.profile(CapabilitySet.NONE)))
                .isSameAs(cache.program(RuntimeDefault.profile(CapabilitySet.NONE)));
    }

    private static int answer(SeccompProgram program, String call, long... arguments) {
        return new ClassicBpfMachine(program).answer(Architecture.NATIVE, number(call), arguments);
    }

    static int number(String call) {
        try (var arena = Arena.ofConfined()) {
            int number =
                    SeccompSyscalls.seccomp_syscall_resolve_name_arch(
                            Architecture.NATIVE, arena.allocateFrom(call));
            assertThat(number).as(call).isNotNegative();
            return number;
        }
    }
}
