package io.demitasse.daemon.runtime;

import static io.demitasse.daemon.call.RequestException.invalid;
import static io.demitasse.daemon.call.RequestException.unimplemented;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.linux.Errno;
import io.demitasse.linux.security.SeccompProfile;
import io.demitasse.linux.security.SeccompProfile.Action;
import io.demitasse.linux.security.SeccompProfile.Comparison;
import io.demitasse.linux.security.SeccompProfile.Condition;
import io.demitasse.linux.security.SeccompProfile.Rule;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A seccomp policy as the OCI runtime specification writes it, in JSON.
 *
 * <p>The rules hold on every architecture that the kernel runs, whether {@code architectures} names
 * it or not. What cannot be had is refused; nothing that restricts is left out in silence.
 *
 * @see <a
 *     href="https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp">OCI
 *     runtime specification, seccomp</a>
 */
record SeccompDocument(
        @Nullable String defaultAction,
        @Nullable Integer defaultErrnoRet,
        @Nullable List<String> flags,
        @Nullable String listenerPath,
        @Nullable List<Calls> syscalls) {
    private static final Gson GSON = new Gson();

    /** These change how a filter is loaded, and nothing in what it does here. */
    private static final Set<String> HARMLESS_FLAGS =
            Set.of("SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW");

    /** One entry of {@code syscalls}; the last two are Docker's and not the specification's. */
    private record Calls(
            @Nullable List<String> names,
            @Nullable String action,
            @Nullable Integer errnoRet,
            @Nullable List<Argument> args,
            @Nullable JsonElement includes,
            @Nullable JsonElement excludes) {}

    /** One entry of {@code args}. */
    private record Argument(
            int index,
            @Nullable BigInteger value,
            @Nullable BigInteger valueTwo,
            @Nullable String op) {}

    /** {@return the policy in a text; {@code origin} names it in refusals} */
    static SeccompProfile parse(String json, String origin) throws RequestException {
        SeccompDocument document;
        try {
            document = GSON.fromJson(json, SeccompDocument.class);
        } catch (JsonParseException malformed) {
            throw invalid(
                    "seccomp profile %s is malformed: %s",
                    origin, String.valueOf(malformed.getMessage()));
        }
        if (document == null || document.defaultAction == null) {
            throw invalid("seccomp profile %s has no defaultAction", origin);
        }
        try {
            return document.profile(origin);
        } catch (IllegalArgumentException wrong) {
            throw invalid("seccomp profile %s: %s", origin, String.valueOf(wrong.getMessage()));
        }
    }

    private SeccompProfile profile(String origin) throws RequestException {
        for (var flag : orEmpty(flags)) {
            if (!HARMLESS_FLAGS.contains(flag)) {
                throw unimplemented("seccomp profile %s: %s is not available", origin, flag);
            }
        }
        if (listenerPath != null) {
            throw unimplemented("seccomp profile %s: listenerPath is not available", origin);
        }
        var rules = new ArrayList<Rule>();
        for (var calls : orEmpty(syscalls)) {
            if (!isEmpty(calls.includes()) || !isEmpty(calls.excludes())) {
                throw unimplemented(
                        "seccomp profile %s: includes and excludes are not of the OCI"
                                + " specification and not available",
                        origin);
            }
            var action = action(calls.action(), calls.errnoRet(), origin);
            for (var conditions : alternatives(orEmpty(calls.args()))) {
                rules.add(new Rule(orEmpty(calls.names()), action, conditions));
            }
        }
        return new SeccompProfile(action(defaultAction, defaultErrnoRet, origin), rules);
    }

    /**
     * Conditions hold together, unless two are about one argument: then each is a rule, as in runc.
     */
    private static List<List<Condition>> alternatives(List<Argument> arguments) {
        var conditions = arguments.stream().map(SeccompDocument::condition).toList();
        var seen = new HashSet<Integer>();
        boolean repeated = conditions.stream().anyMatch(one -> !seen.add(one.argument()));
        return repeated ? conditions.stream().map(List::of).toList() : List.of(conditions);
    }

    private static Condition condition(Argument argument) {
        long value = argument.value() == null ? 0 : argument.value().longValue();
        long second = argument.valueTwo() == null ? 0 : argument.valueTwo().longValue();
        return switch (argument.op()) {
            case "SCMP_CMP_NE" -> Condition.of(argument.index(), Comparison.NOT_EQUAL, value);
            case "SCMP_CMP_LT" -> Condition.of(argument.index(), Comparison.LESS, value);
            case "SCMP_CMP_LE" -> Condition.of(argument.index(), Comparison.LESS_OR_EQUAL, value);
            case "SCMP_CMP_EQ" -> Condition.of(argument.index(), Comparison.EQUAL, value);
            case "SCMP_CMP_GE" ->
                    Condition.of(argument.index(), Comparison.GREATER_OR_EQUAL, value);
            case "SCMP_CMP_GT" -> Condition.of(argument.index(), Comparison.GREATER, value);
            case "SCMP_CMP_MASKED_EQ" -> Condition.masked(argument.index(), value, second);
            case null, default ->
                    throw new IllegalArgumentException("no comparison: " + argument.op());
        };
    }

    private static Action action(@Nullable String name, @Nullable Integer errno, String origin)
            throws RequestException {
        int number = errno == null ? Errno.EPERM : errno;
        return switch (name) {
            case "SCMP_ACT_ALLOW" -> new Action.Allow();
            case "SCMP_ACT_LOG" -> new Action.Log();
            case "SCMP_ACT_ERRNO" -> new Action.Fail(number);
            case "SCMP_ACT_TRAP" -> new Action.Trap();
            case "SCMP_ACT_TRACE" -> new Action.Trace(number);
            case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> new Action.KillThread();
            case "SCMP_ACT_KILL_PROCESS" -> new Action.KillProcess();
            case "SCMP_ACT_NOTIFY" ->
                    throw unimplemented(
                            "seccomp profile %s: SCMP_ACT_NOTIFY is not available", origin);
            case null, default -> throw new IllegalArgumentException("no action: " + name);
        };
    }

    private static boolean isEmpty(@Nullable JsonElement element) {
        return element == null
                || element.isJsonNull()
                || (element.isJsonObject() && element.getAsJsonObject().isEmpty());
    }

    private static <T> List<T> orEmpty(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
