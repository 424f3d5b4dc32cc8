package io.demitasse.daemon.runtime;

import static io.demitasse.daemon.call.RequestException.invalid;
import static io.demitasse.daemon.call.RequestException.unimplemented;

import io.demitasse.daemon.call.RequestException;
import io.demitasse.linux.Errno;
import io.demitasse.linux.security.Capability;
import io.demitasse.linux.security.CapabilitySet;
import io.demitasse.linux.security.SeccompProfile;
import io.demitasse.linux.security.SeccompProfile.Action;
import io.demitasse.linux.security.SeccompProfile.Comparison;
import io.demitasse.linux.security.SeccompProfile.Condition;
import io.demitasse.linux.security.SeccompProfile.Flag;
import io.demitasse.linux.security.SeccompProfile.Rule;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A seccomp policy in JSON, as the OCI runtime specification writes it or as Docker does.
 *
 * <p>Docker's form has {@code name} beside {@code names}, {@code archMap} beside {@code
 * architectures}, and entries that hold only under conditions, {@code includes} and {@code
 * excludes}. Both are read as runc and Docker read them; what cannot be had is refused, and nothing
 * that restricts is left out in silence. Where no architectures are named the rules hold on every
 * one that the kernel runs.
 *
 * @see <a
 *     href="https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp">OCI
 *     runtime specification, seccomp</a>
 */
final class SeccompDocument {
    private static final String ARCHITECTURE = "SCMP_ARCH_";

    /** Those that libseccomp has. */
    private static final Set<String> ARCHITECTURES =
            Set.of(
                    ("X86 X86_64 X32 ARM AARCH64 LOONGARCH64 M68K MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64"
                                    + " MIPSEL64N32 PARISC PARISC64 PPC PPC64 PPC64LE RISCV64 S390 S390X"
                                    + " SH SHEB")
                            .split(" "));

    /** What Go, and with it Docker's form, calls this machine; and what libseccomp calls it. */
    private static final boolean ARM = "aarch64".equals(System.getProperty("os.arch"));

    private static final String GO_ARCHITECTURE = ARM ? "arm64" : "amd64";
    private static final String NATIVE = ARCHITECTURE + (ARM ? "AARCH64" : "X86_64");

    private static final int MAX_ERRNO = 4095;
    private static final int MAX_MESSAGE = 0xffff;
    private static final int MAX_ARGUMENT = 5;

    private final JsonFields fields;
    private final CapabilitySet bounding;

    private SeccompDocument(JsonFields fields, CapabilitySet bounding) {
        this.fields = fields;
        this.bounding = bounding;
    }

    /**
     * {@return the policy in a text, for a container with this bounding set; {@code origin} names
     * it in refusals}
     */
    static SeccompProfile parse(String json, CapabilitySet bounding, String origin)
            throws RequestException {
        JsonFields fields;
        try {
            fields = JsonFields.parse(json);
        } catch (IllegalArgumentException malformed) {
            throw invalid(
                    "seccomp profile %s is malformed: %s",
                    origin, String.valueOf(malformed.getMessage()));
        }
        try {
            return new SeccompDocument(fields, bounding).profile();
        } catch (UnsupportedOperationException unavailable) {
            throw unimplemented(
                    "seccomp profile %s: %s is not available",
                    origin, String.valueOf(unavailable.getMessage()));
        } catch (IllegalArgumentException wrong) {
            throw invalid("seccomp profile %s: %s", origin, String.valueOf(wrong.getMessage()));
        }
    }

    private SeccompProfile profile() {
        for (var key : List.of("listenerPath", "listenerMetadata")) {
            if (!fields.text(key).orElse("").isEmpty()) {
                throw new UnsupportedOperationException(key);
            }
        }
        var name = fields.text("defaultAction");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("it has no defaultAction");
        }
        var otherwise = action(name.get(), fields.number("defaultErrnoRet"));
        var rules = new ArrayList<Rule>();
        for (var entry : fields.objects("syscalls")) {
            rules.addAll(rules(entry, otherwise));
        }
        return new SeccompProfile(otherwise, rules, architectures(), flags());
    }

    /** {@return none for an entry that does not hold here, or says what holds anyway} */
    private List<Rule> rules(JsonFields entry, Action otherwise) {
        var names = names(entry);
        var action = action(entry.text("action").orElse(""), entry.number("errnoRet"));
        var conditions = entry.objects("args").stream().map(SeccompDocument::condition).toList();
        if (!holds(entry) || action.equals(otherwise)) {
            return List.of();
        }
        return alternatives(conditions).stream()
                .map(together -> new Rule(names, action, together))
                .toList();
    }

    private static List<String> names(JsonFields entry) {
        var name = entry.text("name").orElse("");
        var names = entry.texts("names");
        if (!name.isEmpty() && !names.isEmpty()) {
            throw new IllegalArgumentException("an entry of syscalls has both name and names");
        }
        var all = name.isEmpty() ? names : List.of(name);
        if (all.contains("") || (all.isEmpty() && !entry.has("names"))) {
            throw new IllegalArgumentException("an entry of syscalls names no system call");
        }
        return all;
    }

    /**
     * As Docker decides it: all that {@code includes} has, and nothing that {@code excludes} has.
     */
    private boolean holds(JsonFields entry) {
        var includes = entry.object("includes");
        var excludes = entry.object("excludes");
        return (includes.isEmpty()
                        || (isHere(includes.get(), true)
                                && includes.get().texts("caps").stream().allMatch(this::has)
                                && kernel(includes.get()).orElse(true)))
                && (excludes.isEmpty()
                        || (!isHere(excludes.get(), false)
                                && excludes.get().texts("caps").stream().noneMatch(this::has)
                                && !kernel(excludes.get()).orElse(false)));
    }

    private static boolean isHere(JsonFields filter, boolean unsaid) {
        var architectures = filter.texts("arches");
        return architectures.isEmpty() ? unsaid : architectures.contains(GO_ARCHITECTURE);
    }

    private boolean has(String capability) {
        try {
            return bounding.contains(Capability.parse(capability));
        } catch (IllegalArgumentException unknown) {
            return false; // of a newer kernel, perhaps: no container has it
        }
    }

    /** {@return whether the kernel is at least what is asked for, if anything is} */
    private static Optional<Boolean> kernel(JsonFields filter) {
        return filter.text("minKernel")
                .map(asked -> {
                    var wanted = version(asked);
                    var running = version(System.getProperty("os.version"));
                    return running[0] != wanted[0]
                            ? running[0] > wanted[0]
                            : running[1] >= wanted[1];
                });
    }

    private static int[] version(String text) {
        var parts = text.split("[^0-9]", 3);
        if (parts.length < 2
                || !parts[0].matches("[0-9]{1,5}")
                || !parts[1].matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException("minKernel \"" + text + "\" is no version");
        }
        return new int[] {Integer.parseInt(parts[0]), Integer.parseInt(parts[1])};
    }

    private Set<String> architectures() {
        var named = fields.texts("architectures");
        var maps = fields.objects("archMap");
        if (!named.isEmpty() && !maps.isEmpty()) {
            throw new IllegalArgumentException("it has both architectures and archMap");
        }
        Stream<String> mapped =
                maps.stream()
                        .filter(map -> map.text("architecture").orElse("").equals(NATIVE))
                        .limit(1)
                        .flatMap(map ->
                                Stream.concat(
                                        Stream.of(NATIVE), map.texts("subArchitectures").stream()));
        var all = new HashSet<String>();
        Stream.concat(named.stream(), mapped)
                .forEach(name -> {
                    if (!name.startsWith(ARCHITECTURE)
                            || !ARCHITECTURES.contains(name.substring(ARCHITECTURE.length()))) {
                        throw new IllegalArgumentException("no architecture: " + name);
                    }
                    all.add(name);
                });
        return all;
    }

    private Set<Flag> flags() {
        var flags = EnumSet.noneOf(Flag.class);
        for (var name : fields.texts("flags")) {
            switch (name) {
                case "SECCOMP_FILTER_FLAG_LOG" -> flags.add(Flag.LOG);
                case "SECCOMP_FILTER_FLAG_SPEC_ALLOW" -> flags.add(Flag.SPEC_ALLOW);
                // the process has one thread when the filter is loaded, and nobody is notified
                case "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" -> {}
                default -> throw new UnsupportedOperationException(name);
            }
        }
        return flags;
    }

    /**
     * Conditions hold together, unless two are about one argument: then each is a rule, as in runc.
     */
    private static List<List<Condition>> alternatives(List<Condition> conditions) {
        var seen = new HashSet<Integer>();
        boolean repeated = conditions.stream().anyMatch(one -> !seen.add(one.argument()));
        return repeated ? conditions.stream().map(List::of).toList() : List.of(conditions);
    }

    private static Condition condition(JsonFields argument) {
        long index = argument.number("index").orElse(0L);
        if (index < 0 || index > MAX_ARGUMENT) {
            throw new IllegalArgumentException("no argument of a system call: " + index);
        }
        int number = (int) index;
        long value = argument.number("value").orElse(0L);
        var comparison = argument.text("op").orElse("");
        return switch (comparison) {
            case "SCMP_CMP_NE" -> Condition.of(number, Comparison.NOT_EQUAL, value);
            case "SCMP_CMP_LT" -> Condition.of(number, Comparison.LESS, value);
            case "SCMP_CMP_LE" -> Condition.of(number, Comparison.LESS_OR_EQUAL, value);
            case "SCMP_CMP_EQ" -> Condition.of(number, Comparison.EQUAL, value);
            case "SCMP_CMP_GE" -> Condition.of(number, Comparison.GREATER_OR_EQUAL, value);
            case "SCMP_CMP_GT" -> Condition.of(number, Comparison.GREATER, value);
            case "SCMP_CMP_MASKED_EQ" ->
                    Condition.masked(number, value, argument.number("valueTwo").orElse(0L));
            default -> throw new IllegalArgumentException("no comparison: " + comparison);
        };
    }

    private static Action action(String name, Optional<Long> errno) {
        return switch (name) {
            case "SCMP_ACT_ALLOW" -> new Action.Allow();
            case "SCMP_ACT_LOG" -> new Action.Log();
            case "SCMP_ACT_ERRNO" -> new Action.Fail(bounded(errno, MAX_ERRNO));
            case "SCMP_ACT_TRAP" -> new Action.Trap();
            case "SCMP_ACT_TRACE" -> new Action.Trace(bounded(errno, MAX_MESSAGE));
            case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> new Action.KillThread();
            case "SCMP_ACT_KILL_PROCESS" -> new Action.KillProcess();
            case "SCMP_ACT_NOTIFY" -> throw new UnsupportedOperationException(name);
            default -> throw new IllegalArgumentException("no action: " + name);
        };
    }

    /** It is the lower half of what the filter returns: more would be another action. */
    private static int bounded(Optional<Long> errno, int most) {
        long number = errno.orElse((long) Errno.EPERM);
        if (number < 0 || number > most) {
            throw new IllegalArgumentException("errnoRet is not between 0 and " + most);
        }
        return (int) number;
    }
}
