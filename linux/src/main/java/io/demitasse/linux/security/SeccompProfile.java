package io.demitasse.linux.security;

import java.util.List;
import java.util.Set;

/**
 * A policy of system calls: what happens to calls that no rule names, and the rules.
 *
 * <p>Rules for one call are alternatives; the conditions within a rule hold together. Names that
 * the installed libseccomp does not know are left to the default action.
 *
 * @param architectures those that may be used beside the machine's own, as libseccomp names them;
 *     empty: all that the machine has. A call by way of another ends the thread.
 */
public record SeccompProfile(
        Action defaultAction, List<Rule> rules, Set<String> architectures, Set<Flag> flags) {
    /** Copies. */
    public SeccompProfile {
        rules = List.copyOf(rules);
        architectures = Set.copyOf(architectures);
        flags = Set.copyOf(flags);
    }

    /** For every architecture of this machine, loaded in the usual way. */
    public SeccompProfile(Action defaultAction, List<Rule> rules) {
        this(defaultAction, rules, Set.of(), Set.of());
    }

    /** How the kernel is told to load the filter, SECCOMP_FILTER_FLAG_* of seccomp(2). */
    public enum Flag {
        LOG(2),
        SPEC_ALLOW(4);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }
    }

    /** {@return the flags as seccomp(2) takes them} */
    public int flagBits() {
        return flags.stream().mapToInt(flag -> flag.bit).sum();
    }

    /** What the kernel does with a call. */
    public sealed interface Action {
        /** The call is made. */
        record Allow() implements Action {}

        /** The call is made, and logged by the audit subsystem. */
        record Log() implements Action {}

        /** The call returns this error and is not made. */
        record Fail(int errno) implements Action {}

        /** The thread gets SIGSYS, which it may handle. */
        record Trap() implements Action {}

        /** A tracer is asked, with this message; without one the call fails with ENOSYS. */
        record Trace(int message) implements Action {}

        /** The thread ends as if by SIGSYS. */
        record KillThread() implements Action {}

        /** The process ends as if by SIGSYS. */
        record KillProcess() implements Action {}
    }

    /** An action for some calls, under conditions that hold together. */
    public record Rule(List<String> systemCalls, Action action, List<Condition> conditions) {
        /** Copies the lists. */
        public Rule {
            systemCalls = List.copyOf(systemCalls);
            conditions = List.copyOf(conditions);
        }
    }

    /** How an argument is compared with a value: both are 64 bits, without a sign. */
    public enum Comparison {
        NOT_EQUAL,
        LESS,
        LESS_OR_EQUAL,
        EQUAL,
        GREATER_OR_EQUAL,
        GREATER,
        MASKED_EQUAL
    }

    /** A claim about one argument; the mask is for masked comparison alone. */
    public record Condition(int argument, Comparison comparison, long value, long mask) {
        /** Numbers of arguments are those of the kernel. */
        public Condition {
            if (argument < 0 || argument > 5) {
                throw new IllegalArgumentException("no argument of a system call: " + argument);
            }
        }

        /** {@return the claim that an argument compares so with a value} */
        public static Condition of(int argument, Comparison comparison, long value) {
            return new Condition(argument, comparison, value, 0);
        }

        /** {@return the claim that {@code argument & mask == value}} */
        public static Condition masked(int argument, long mask, long value) {
            return new Condition(argument, Comparison.MASKED_EQUAL, value, mask);
        }
    }
}
