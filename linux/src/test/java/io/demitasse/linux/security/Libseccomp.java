package io.demitasse.linux.security;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.linux.Fd;
import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import io.demitasse.linux.security.SeccompProfile.Action;
import io.demitasse.linux.security.SeccompProfile.Comparison;
import io.demitasse.linux.security.SeccompProfile.Rule;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;

/** Compiles policies with libseccomp itself, as other runtimes do: what we must agree with. */
final class Libseccomp {
    private static final int MFD_CLOEXEC = 1;
    private static final int SCMP_FLTATR_CTL_OPTIMIZE = 8;
    private static final int BINARY_TREE = 2;
    private static final int CONDITION_BYTES = 24;
    private static final FunctionDescriptor SHAPE =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    private final SymbolLookup library = Kernel.library("libseccomp.so.2");
    private final long context;

    private Libseccomp(Action defaultAction) {
        context = call("seccomp_init", number(defaultAction), 0, 0, 0, 0);
    }

    static SeccompProgram compile(SeccompProfile profile) throws IOException {
        var library = new Libseccomp(profile.defaultAction());
        library.require("seccomp_attr_set", SCMP_FLTATR_CTL_OPTIMIZE, BINARY_TREE, 0, 0);
        Architecture.ALL.stream()
                .flatMap(architecture -> architecture.tables().stream())
                .skip(1)
                .forEach(table -> library.require("seccomp_arch_add", table, 0, 0, 0));
        for (var rule : profile.rules()) {
            rule.systemCalls().forEach(name -> library.add(rule, name));
        }
        return library.export();
    }

    private void add(Rule rule, String name) {
        try (var arena = Arena.ofConfined()) {
            int number =
                    SeccompSyscalls.seccomp_syscall_resolve_name_arch(
                            Architecture.ALL.getFirst().audit(), arena.allocateFrom(name));
            if (number == -1) {
                return;
            }
            var conditions = arena.allocate(6 * CONDITION_BYTES, 8);
            int count = 0;
            for (var claim : rule.conditions()) {
                boolean masked = claim.comparison() == Comparison.MASKED_EQUAL;
                long at = (long) count * CONDITION_BYTES;
                conditions.set(JAVA_INT, at, claim.argument());
                conditions.set(JAVA_INT, at + 4, number(claim.comparison()));
                conditions.set(JAVA_LONG, at + 8, masked ? claim.mask() : claim.value());
                conditions.set(JAVA_LONG, at + 16, masked ? claim.value() : 0);
                count++;
            }
            require(
                    "seccomp_rule_add_array",
                    number(rule.action()),
                    number,
                    count,
                    conditions.address());
        }
    }

    private SeccompProgram export() throws IOException {
        try (var arena = Arena.ofConfined()) {
            long number =
                    Kernel.call(
                            CallState.in(arena),
                            SystemCall.MEMFD_CREATE,
                            arena.allocateFrom("seccomp").address(),
                            MFD_CLOEXEC);
            try (var file = Fd.owning((int) number, "memfd seccomp")) {
                require("seccomp_export_bpf", file.number(), 0, 0, 0);
                call("seccomp_release", context, 0, 0, 0, 0);
                return new SeccompProgram(
                        Files.readAllBytes(Path.of("/proc/self/fd/" + file.number())), 0);
            }
        }
    }

    private void require(String function, long a1, long a2, long a3, long a4) {
        assertThat((int) call(function, context, a1, a2, a3, a4)).as(function).isZero();
    }

    private long call(String function, long a0, long a1, long a2, long a3, long a4) {
        try {
            return (long) Kernel.function(library, function, SHAPE).invokeExact(a0, a1, a2, a3, a4);
        } catch (Throwable thrown) {
            throw Kernel.unreachable(thrown);
        }
    }

    private static int number(Comparison comparison) {
        return switch (comparison) {
            case NOT_EQUAL -> 1;
            case LESS -> 2;
            case LESS_OR_EQUAL -> 3;
            case EQUAL -> 4;
            case GREATER_OR_EQUAL -> 5;
            case GREATER -> 6;
            case MASKED_EQUAL -> 7;
        };
    }

    private static int number(Action action) {
        return switch (action) {
            case Action.Allow() -> 0x7fff0000;
            case Action.Log() -> 0x7ffc0000;
            case Action.Fail(int errno) -> 0x00050000 | errno;
            case Action.Trap() -> 0x00030000;
            case Action.Trace(int message) -> 0x7ff00000 | message;
            case Action.KillThread() -> 0;
            case Action.KillProcess() -> 0x80000000;
        };
    }
}
