package io.demitasse.linux.security;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import io.demitasse.linux.Errno;
import io.demitasse.linux.security.SeccompProfile.Action;
import io.demitasse.linux.security.SeccompProfile.Condition;
import io.demitasse.linux.security.SeccompProfile.Rule;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes filters of policies: a balanced tree over ranges of system call numbers.
 *
 * <p>The kernel checks, translates and keeps every instruction for each container, so that loading
 * costs by the instruction: the tree of libseccomp, one leaf per call, is three times as long. The
 * decisions are the same, which a test asks libseccomp itself; the names are libseccomp's, too. A
 * rule without conditions wins over those with conditions, otherwise the first that holds.
 *
 * <p>A number above every call that the policy names is answered with ENOSYS instead of a refusal
 * by default: it belongs to a call newer than the policy, and C libraries fall back to an older one
 * on ENOSYS but give up on EPERM.
 */
public final class SeccompCompiler {
    private static final int NR = offset("nr");
    private static final int ARCH = offset("arch");
    private static final int ARGS = offset("args");

    private final ClassicBpf code = new ClassicBpf();
    private final SeccompProfile profile;
    private final Arena arena;

    private SeccompCompiler(SeccompProfile profile, Arena arena) {
        this.profile = profile;
        this.arena = arena;
    }

    /** What is decided about the numbers from {@code first} to the next range. */
    private record Range(int first, List<Rule> rules, Action otherwise) {
        boolean decidesAs(Range other) {
            return rules.equals(other.rules) && otherwise.equals(other.otherwise);
        }
    }

    /**
     * {@return the filter of a policy}
     *
     * @throws IllegalStateException if it is longer than the kernel takes
     */
    public static SeccompProgram compile(SeccompProfile profile) {
        try (var arena = Arena.ofConfined()) {
            return new SeccompProgram(
                    new SeccompCompiler(profile, arena).program(), profile.flagBits());
        }
    }

    /** {@return the names in a policy that are no system call of any architecture here} */
    public static List<String> unknownCalls(SeccompProfile profile) {
        var tables = Architecture.ALL.stream().flatMap(each -> each.tables().stream()).toList();
        try (var arena = Arena.ofConfined()) {
            return profile.rules().stream()
                    .flatMap(rule -> rule.systemCalls().stream())
                    .distinct()
                    .filter(call ->
                            tables.stream()
                                    .allMatch(table ->
                                            CallNames.number(table, call, arena).isEmpty()))
                    .toList();
        }
    }

    private byte[] program() {
        int next = code.answer(number(new Action.KillThread()));
        for (var architecture : Architecture.ALL.reversed()) {
            var ranges = ranges(architecture);
            int tree = code.load(NR, tree(ranges));
            next = code.ifEqual(architecture.audit(), tree, next);
        }
        code.load(ARCH, next);
        return code.toProgram();
    }

    private List<Range> ranges(Architecture architecture) {
        var ranges = new ArrayList<Range>();
        for (int table : architecture.tables()) {
            int first = Architecture.firstNumber(table);
            if (!Architecture.isAllowed(table, profile.architectures())) {
                add(ranges, new Range(first, List.of(), new Action.KillThread()));
                continue;
            }
            var calls = rulesByNumber(table);
            for (var call : calls.entrySet()) {
                add(ranges, new Range(first, List.of(), profile.defaultAction()));
                add(ranges, decision(call.getKey(), call.getValue()));
                first = call.getKey() + 1;
            }
            add(ranges, new Range(first, List.of(), answerToNewerCalls()));
        }
        return ranges;
    }

    /** Adds a range behind the others; it replaces one that starts where it does. */
    private static void add(List<Range> ranges, Range range) {
        if (!ranges.isEmpty() && ranges.getLast().first() == range.first()) {
            ranges.removeLast();
        }
        if (ranges.isEmpty() || !ranges.getLast().decidesAs(range)) {
            ranges.add(range);
        }
    }

    private Range decision(int number, List<Rule> rules) {
        return rules.stream()
                .filter(rule -> rule.conditions().isEmpty())
                .findFirst()
                .map(rule -> new Range(number, List.of(), rule.action()))
                .orElseGet(() -> new Range(number, rules, profile.defaultAction()));
    }

    private Action answerToNewerCalls() {
        return switch (profile.defaultAction()) {
            case Action.Allow allow -> allow;
            case Action.Log log -> log;
            case Action.Trace trace -> trace;
            case Action.Fail _, Action.Trap _, Action.KillThread _, Action.KillProcess _ ->
                    new Action.Fail(Errno.ENOSYS);
        };
    }

    private SortedMap<Integer, List<Rule>> rulesByNumber(int table) {
        var calls = new TreeMap<Integer, List<Rule>>();
        for (var rule : profile.rules()) {
            for (var call : rule.systemCalls()) {
                CallNames.number(table, call, arena)
                        .ifPresent(number ->
                                calls.computeIfAbsent(number, _ -> new ArrayList<>())
                                        .add(unnamed(rule)));
            }
        }
        return calls;
    }

    /** {@return the rule without its calls, so that neighbours with equal rules are one range} */
    private static Rule unnamed(Rule rule) {
        return new Rule(List.of(), rule.action(), rule.conditions());
    }

    private int tree(List<Range> ranges) {
        if (ranges.size() == 1) {
            return decide(ranges.getFirst());
        }
        int middle = ranges.size() / 2;
        int upper = tree(ranges.subList(middle, ranges.size()));
        int lower = tree(ranges.subList(0, middle));
        return code.ifGreaterOrEqual(ranges.get(middle).first(), upper, lower);
    }

    private int decide(Range range) {
        int next = code.answer(number(range.otherwise()));
        for (var rule : range.rules().reversed()) {
            int holds = code.answer(number(rule.action()));
            for (var condition : rule.conditions().reversed()) {
                holds = test(condition, holds, next);
            }
            next = holds;
        }
        return next;
    }

    private int test(Condition condition, int yes, int no) {
        return switch (condition.comparison()) {
            case EQUAL -> equal(condition, -1L, yes, no);
            case NOT_EQUAL -> equal(condition, -1L, no, yes);
            case MASKED_EQUAL -> equal(condition, condition.mask(), yes, no);
            case GREATER -> greater(condition, false, yes, no);
            case LESS_OR_EQUAL -> greater(condition, false, no, yes);
            case GREATER_OR_EQUAL -> greater(condition, true, yes, no);
            case LESS -> greater(condition, true, no, yes);
        };
    }

    private int equal(Condition condition, long mask, int yes, int no) {
        int lower = code.ifEqual((int) condition.value(), yes, no);
        lower = masked(low(condition), (int) mask, lower);
        int upper = code.ifEqual(upper(condition.value()), lower, no);
        return masked(high(condition), upper(mask), upper);
    }

    private int masked(int offset, int mask, int next) {
        return code.load(offset, mask == -1 ? next : code.and(mask, next));
    }

    /** Classic BPF has 32 bits: the upper half decides unless it is equal. */
    private int greater(Condition condition, boolean orEqual, int yes, int no) {
        int value = (int) condition.value();
        int lower =
                orEqual ? code.ifGreaterOrEqual(value, yes, no) : code.ifGreater(value, yes, no);
        int same = code.ifEqual(upper(condition.value()), code.load(low(condition), lower), no);
        return code.load(high(condition), code.ifGreater(upper(condition.value()), yes, same));
    }

    private static int upper(long value) {
        return (int) (value >>> Integer.SIZE);
    }

    private static int low(Condition condition) {
        return ARGS + condition.argument() * Long.BYTES;
    }

    private static int high(Condition condition) {
        return low(condition) + Integer.BYTES;
    }

    private static int number(Action action) {
        return switch (action) {
            case Action.Allow() -> SeccompSyscalls.SECCOMP_RET_ALLOW;
            case Action.Log() -> SeccompSyscalls.SECCOMP_RET_LOG;
            case Action.Fail(int errno) -> SeccompSyscalls.SECCOMP_RET_ERRNO | errno;
            case Action.Trap() -> SeccompSyscalls.SECCOMP_RET_TRAP;
            case Action.Trace(int message) -> SeccompSyscalls.SECCOMP_RET_TRACE | message;
            case Action.KillThread() -> SeccompSyscalls.SECCOMP_RET_KILL_THREAD;
            case Action.KillProcess() -> SeccompSyscalls.SECCOMP_RET_KILL_PROCESS;
        };
    }

    private static int offset(String member) {
        return (int) SeccompSyscalls.SECCOMP_DATA.byteOffset(groupElement(member));
    }
}
