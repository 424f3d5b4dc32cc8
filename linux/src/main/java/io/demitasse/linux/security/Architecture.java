package io.demitasse.linux.security;

import static io.demitasse.linux.security.SeccompSyscalls.SCMP_ARCH_AARCH64;
import static io.demitasse.linux.security.SeccompSyscalls.SCMP_ARCH_ARM;
import static io.demitasse.linux.security.SeccompSyscalls.SCMP_ARCH_X32;
import static io.demitasse.linux.security.SeccompSyscalls.SCMP_ARCH_X86;
import static io.demitasse.linux.security.SeccompSyscalls.SCMP_ARCH_X86_64;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A calling convention as the filter sees it: a value of {@code arch} in {@code seccomp_data}, and
 * the tables of names behind it, in the order of their numbers.
 *
 * <p>A process may use each that the machine has: a filter could be passed by way of one that has
 * no rules.
 */
record Architecture(int audit, List<Integer> tables) {
    /** Those of this machine, its own first. */
    static final List<Architecture> ALL =
            "aarch64".equals(System.getProperty("os.arch"))
                    ? List.of(
                            new Architecture(SCMP_ARCH_AARCH64, List.of(SCMP_ARCH_AARCH64)),
                            new Architecture(SCMP_ARCH_ARM, List.of(SCMP_ARCH_ARM)))
                    : List.of(
                            new Architecture(
                                    SCMP_ARCH_X86_64, List.of(SCMP_ARCH_X86_64, SCMP_ARCH_X32)),
                            new Architecture(SCMP_ARCH_X86, List.of(SCMP_ARCH_X86)));

    private static final Map<String, Integer> TABLES =
            Map.of(
                    "SCMP_ARCH_X86", SCMP_ARCH_X86,
                    "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64,
                    "SCMP_ARCH_X32", SCMP_ARCH_X32,
                    "SCMP_ARCH_ARM", SCMP_ARCH_ARM,
                    "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64);

    /** {@return whether a table is the machine's own, or one of those named, if any are} */
    static boolean isAllowed(int table, Set<String> named) {
        return named.isEmpty()
                || table == ALL.getFirst().tables().getFirst()
                || named.stream().anyMatch(name -> Integer.valueOf(table).equals(TABLES.get(name)));
    }

    /** The number that the first call of a table could have. */
    static int firstNumber(int table) {
        return table == SCMP_ARCH_X32 ? 0x40000000 : 0;
    }
}
