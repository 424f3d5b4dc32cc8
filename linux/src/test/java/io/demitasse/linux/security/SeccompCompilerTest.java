package io.demitasse.linux.security;

import static io.demitasse.linux.security.SeccompSyscalls.SECCOMP_RET_ALLOW;
import static io.demitasse.linux.security.SeccompSyscalls.SECCOMP_RET_ERRNO;
import static io.demitasse.linux.security.SeccompSyscalls.SECCOMP_RET_KILL_THREAD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.demitasse.linux.Errno;
import io.demitasse.linux.security.SeccompProfile.Action;
import io.demitasse.linux.security.SeccompProfile.Comparison;
import io.demitasse.linux.security.SeccompProfile.Condition;
import io.demitasse.linux.security.SeccompProfile.Rule;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the filters decide, call by call; that the kernel takes them is SeccompFilterTest's. */
class SeccompCompilerTest {
    private static final int DENIED = SECCOMP_RET_ERRNO | Errno.EPERM;
    private static final int NOT_KNOWN = SECCOMP_RET_ERRNO | Errno.ENOSYS;
    private static final int NATIVE = Architecture.ALL.getFirst().audit();
    private static final int X32_SYSCALL_BIT = 0x40000000;
    private static final int LONGEST_PATH = 24;
    private static final int MOST_INSTRUCTIONS = 450;

    /** Around every value that the default policy compares with, in both halves. */
    private static final long[] ARGUMENTS = {
        0,
        1,
        2,
        8,
        37,
        38,
        39,
        40,
        41,
        45,
        46,
        0x20000L,
        0x20008L,
        0x10000000L,
        0x7e020000L,
        0xffffffffL,
        0x1_0000_0027L,
        0x1_0000_0028L,
        0x1_0000_0029L,
        0x2_0000_0028L,
        -1
    };

    private static final SeccompProgram DEFAULT =
            SeccompCompiler.compile(RuntimeDefault.profile(CapabilitySet.DEFAULT));

    @ParameterizedTest
    @ValueSource(strings = {"read", "openat", "execve", "futex", "epoll_pwait", "chroot", "ptrace"})
    void shouldAllowWhatContainersNeed(String call) {
        assertThat(answer(DEFAULT, call)).isEqualTo(SECCOMP_RET_ALLOW);
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
        assertThat(answer(DEFAULT, "clone", 0x01200011L)).isEqualTo(SECCOMP_RET_ALLOW);
        assertThat(answer(DEFAULT, "clone", 0x10000000L)).isEqualTo(DENIED);
        assertThat(answer(DEFAULT, "clone", 0x40000000L)).isEqualTo(DENIED);
        assertThat(answer(DEFAULT, "clone3")).isEqualTo(NOT_KNOWN);
    }

    @Test
    void shouldDenyFamiliesThatReachBeyondTheContainer() {
        assertThat(answer(DEFAULT, "socket", 1)).isEqualTo(SECCOMP_RET_ALLOW);
        assertThat(answer(DEFAULT, "socket", 2)).isEqualTo(SECCOMP_RET_ALLOW);
        assertThat(answer(DEFAULT, "socket", 16)).isEqualTo(SECCOMP_RET_ALLOW);
        assertThat(answer(DEFAULT, "socket", 44)).isEqualTo(SECCOMP_RET_ALLOW);
        assertThat(answer(DEFAULT, "socket", 38)).isEqualTo(DENIED);
        assertThat(answer(DEFAULT, "socket", 40)).isEqualTo(DENIED);
        assertThat(answer(DEFAULT, "socket", 46)).isEqualTo(DENIED);
        assertThat(answer(DEFAULT, "socket", 0x1_0000_0028L)).isEqualTo(DENIED);
    }

    @Test
    void shouldAllowTheUsualPersonalitiesOnly() {
        assertThat(answer(DEFAULT, "personality", 0)).isEqualTo(SECCOMP_RET_ALLOW);
        assertThat(answer(DEFAULT, "personality", 0xffffffffL)).isEqualTo(SECCOMP_RET_ALLOW);
        assertThat(answer(DEFAULT, "personality", 0x0040000)).isEqualTo(DENIED);
    }

    @Test
    void shouldOpenTheGroupsOfCallsThatACapabilityNeeds() {
        var administrator =
                SeccompCompiler.compile(
                        RuntimeDefault.profile(CapabilitySet.of(Capability.CAP_SYS_ADMIN)));

        assertThat(answer(administrator, "mount")).isEqualTo(SECCOMP_RET_ALLOW);
        assertThat(answer(administrator, "clone", 0x10000000L)).isEqualTo(SECCOMP_RET_ALLOW);
        assertThat(answer(administrator, "clone3")).isEqualTo(SECCOMP_RET_ALLOW);
        assertThat(answer(administrator, "chroot")).isEqualTo(DENIED);
    }

    @Test
    void shouldAnswerCallsNewerThanThePolicyWithNotKnownSoThatLibraryFallsBack() {
        var machine = new ClassicBpfMachine(DEFAULT);

        assertThat(machine.answer(NATIVE, 900)).isEqualTo(NOT_KNOWN);
    }

    @Test
    void shouldKillWhoUsesAnArchitectureOfAnotherMachine() {
        var machine = new ClassicBpfMachine(DEFAULT);

        assertThat(machine.answer(0x80000016, 1)).isEqualTo(SECCOMP_RET_KILL_THREAD);
    }

    @Test
    void shouldStayATree() {
        var machine = new ClassicBpfMachine(DEFAULT);
        int longest = 0;
        for (int number = 0; number < 470; number++) {
            machine.answer(NATIVE, number);
            longest = Math.max(longest, machine.steps());
        }

        assertThat(longest).isLessThan(LONGEST_PATH);
        assertThat(DEFAULT.instructionCount()).isLessThan(MOST_INSTRUCTIONS);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void shouldDecideAsLibseccompDoes(SeccompProfile policy) throws Exception {
        var ours = new ClassicBpfMachine(SeccompCompiler.compile(policy));
        var theirs = new ClassicBpfMachine(Libseccomp.compile(policy));

        for (var architecture : Architecture.ALL) {
            for (int table : architecture.tables()) {
                int last = lastNumber(policy, table);
                for (int number = Architecture.firstNumber(table); number <= last; number++) {
                    compare(ours, theirs, architecture.audit(), number);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldCompareAsLibseccompDoes(Comparison comparison) throws Exception {
        var policy =
                new SeccompProfile(
                        new Action.Fail(Errno.EPERM),
                        List.of(
                                new Rule(
                                        List.of("read", "write", "close"),
                                        new Action.Allow(),
                                        List.of(
                                                claim(comparison),
                                                Condition.of(1, Comparison.LESS, 11))),
                                new Rule(List.of("write"), new Action.Log(), List.of())));
        var ours = new ClassicBpfMachine(SeccompCompiler.compile(policy));
        var theirs = new ClassicBpfMachine(Libseccomp.compile(policy));

        for (int number = 0; number <= lastNumber(policy, NATIVE); number++) {
            compare(ours, theirs, NATIVE, number);
        }
    }

    private static int lastNumber(SeccompProfile policy, int table) {
        return policy.rules().stream()
                .flatMap(rule -> rule.systemCalls().stream())
                .mapToInt(name -> number(table, name))
                .max()
                .orElseThrow();
    }

    private static void compare(
            ClassicBpfMachine ours, ClassicBpfMachine theirs, int architecture, int number) {
        boolean wide = architecture == NATIVE && number < X32_SYSCALL_BIT;
        for (long argument : ARGUMENTS) {
            for (long other : new long[] {0, 10, -1}) {
                // 32-bit processes have zeros there; of x32, libseccomp does not look at the upper
                // half, which we do
                long first = wide ? argument : argument & 0xffffffffL;
                long second = wide ? other : other & 0xffffffffL;
                assertThat(ours.answer(architecture, number, first, second, first))
                        .as("call %d of %x with %x, %x", number, architecture, first, second)
                        .isEqualTo(theirs.answer(architecture, number, first, second, first));
            }
        }
    }

    static Stream<SeccompProfile> policies() {
        return Stream.of(
                RuntimeDefault.profile(CapabilitySet.DEFAULT),
                RuntimeDefault.profile(CapabilitySet.NONE),
                RuntimeDefault.profile(new CapabilitySet(-1)));
    }

    private static Condition claim(Comparison comparison) {
        return comparison == Comparison.MASKED_EQUAL
                ? Condition.masked(0, 0x1_0000_00ffL, 0x1_0000_0028L)
                : Condition.of(0, comparison, 0x1_0000_0028L);
    }

    @Test
    void shouldLeaveNewCallsAloneWhenThePolicyAllowsByDefault() {
        var program =
                SeccompCompiler.compile(
                        new SeccompProfile(
                                new Action.Allow(),
                                List.of(
                                        new Rule(
                                                List.of("mount"),
                                                new Action.Fail(Errno.EPERM),
                                                List.of()))));

        assertThat(new ClassicBpfMachine(program).answer(NATIVE, 900)).isEqualTo(SECCOMP_RET_ALLOW);
        assertThat(answer(program, "mount")).isEqualTo(DENIED);
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

        assertThat(answer(program, "read", 5, 0, 9)).isEqualTo(SECCOMP_RET_ALLOW);
        assertThat(answer(program, "read", 5, 0, 10))
                .isEqualTo(SeccompSyscalls.SECCOMP_RET_KILL_PROCESS);
        assertThat(answer(program, "read", 4, 0, 9))
                .isEqualTo(SeccompSyscalls.SECCOMP_RET_KILL_PROCESS);
        assertThat(answer(program, "write", 0, 0x3f)).isEqualTo(SeccompSyscalls.SECCOMP_RET_TRAP);
    }

    @Test
    void shouldCompileAPolicyOnce() {
        var cache = new SeccompCache();

        assertThat(cache.runtimeDefault(CapabilitySet.DEFAULT))
                .isSameAs(cache.runtimeDefault(CapabilitySet.DEFAULT));
        var compiled =
                cache.program(
                        "text",
                        CapabilitySet.NONE,
                        () -> RuntimeDefault.profile(CapabilitySet.NONE));
        SeccompCache.Source<IllegalStateException> unread =
                () -> {
                    throw new IllegalStateException("read again");
                };
        assertThat(cache.program("text", CapabilitySet.NONE, unread)).isSameAs(compiled);
        assertThatIllegalStateException()
                .isThrownBy(() -> cache.program("text", CapabilitySet.DEFAULT, unread));
    }

    @Test
    void shouldEndCallsByWayOfAnArchitectureThatIsNotNamed() {
        var rules = List.of(new Rule(List.of("mount"), new Action.Fail(Errno.EPERM), List.of()));
        var own =
                Set.of(
                        NATIVE == SeccompSyscalls.SCMP_ARCH_AARCH64
                                ? "SCMP_ARCH_AARCH64"
                                : "SCMP_ARCH_X86_64");
        var program =
                SeccompCompiler.compile(
                        new SeccompProfile(new Action.Allow(), rules, own, Set.of()));
        var all =
                SeccompCompiler.compile(
                        new SeccompProfile(new Action.Allow(), rules, Set.of(), Set.of()));

        assertThat(answer(program, "mount")).isEqualTo(DENIED);
        assertThat(answer(program, "read")).isEqualTo(SECCOMP_RET_ALLOW);
        for (var architecture : Architecture.ALL) {
            for (int table : architecture.tables()) {
                if (table != NATIVE) {
                    int number = Architecture.firstNumber(table) + 3;
                    assertThat(new ClassicBpfMachine(program).answer(architecture.audit(), number))
                            .isEqualTo(SeccompSyscalls.SECCOMP_RET_KILL_THREAD);
                    assertThat(new ClassicBpfMachine(all).answer(architecture.audit(), number))
                            .isEqualTo(SECCOMP_RET_ALLOW);
                }
            }
        }
    }

    @Test
    void shouldTellWhichNamesAreNoCalls() {
        var rule = new Rule(List.of("read", "mkdri", "socketcall"), new Action.Allow(), List.of());

        assertThat(
                        SeccompCompiler.unknownCalls(
                                new SeccompProfile(new Action.Log(), List.of(rule))))
                .containsExactly("mkdri");
    }

    private static int answer(SeccompProgram program, String call, long... arguments) {
        return new ClassicBpfMachine(program).answer(NATIVE, number(call), arguments);
    }

    private static int number(String call) {
        int number = number(NATIVE, call);
        assertThat(number).as(call).isNotNegative();
        return number;
    }

    private static int number(int table, String call) {
        try (var arena = Arena.ofConfined()) {
            return CallNames.number(table, call, arena).orElse(-1);
        }
    }
}
