package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.Signal;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/** Signal numbers by the names that CRI and image configurations use; see signal(7). */
final class Signals {
    static final int SIGKILL = 9;
    static final int SIGTERM = 15;

    private static final int SIGRTMIN = 34;
    private static final int SIGRTMAX = 64;
    private static final Map<String, Integer> STANDARD =
            Map.ofEntries(
                    Map.entry("HUP", 1),
                    Map.entry("INT", 2),
                    Map.entry("QUIT", 3),
                    Map.entry("ILL", 4),
                    Map.entry("TRAP", 5),
                    Map.entry("ABRT", 6),
                    Map.entry("IOT", 6),
                    Map.entry("BUS", 7),
                    Map.entry("FPE", 8),
                    Map.entry("KILL", SIGKILL),
                    Map.entry("USR1", 10),
                    Map.entry("SEGV", 11),
                    Map.entry("USR2", 12),
                    Map.entry("PIPE", 13),
                    Map.entry("ALRM", 14),
                    Map.entry("TERM", SIGTERM),
                    Map.entry("STKFLT", 16),
                    Map.entry("CHLD", 17),
                    Map.entry("CLD", 17),
                    Map.entry("CONT", 18),
                    Map.entry("STOP", 19),
                    Map.entry("TSTP", 20),
                    Map.entry("TTIN", 21),
                    Map.entry("TTOU", 22),
                    Map.entry("URG", 23),
                    Map.entry("XCPU", 24),
                    Map.entry("XFSZ", 25),
                    Map.entry("VTALRM", 26),
                    Map.entry("PROF", 27),
                    Map.entry("WINCH", 28),
                    Map.entry("IO", 29),
                    Map.entry("POLL", 29),
                    Map.entry("PWR", 30),
                    Map.entry("SYS", 31));

    private static final Map<Integer, Signal> CRI = byNumber();

    private Signals() {}

    /** {@return the number, or nothing if the request leaves the choice to the runtime} */
    static OptionalInt number(Signal signal) {
        return switch (signal) {
            case SIGNAL_RUNTIME_DEFAULT, UNRECOGNIZED -> OptionalInt.empty();
            default ->
                    number(
                            signal.name()
                                    .substring("SIGNAL_".length())
                                    .replace("PLUS", "+")
                                    .replace("MINUS", "-"));
        };
    }

    /** {@return the number of {@code SIGTERM}, {@code TERM}, {@code 15} or {@code RTMIN+3}} */
    static OptionalInt number(String name) {
        if (name.matches("[0-9]{1,2}")) {
            int number = Integer.parseInt(name);
            return number >= 1 && number <= SIGRTMAX ? OptionalInt.of(number) : OptionalInt.empty();
        }
        // as docker reads STOPSIGNAL
        var upper = name.toUpperCase(Locale.ROOT);
        var bare = upper.startsWith("SIG") ? upper.substring("SIG".length()) : upper;
        var standard = STANDARD.get(bare);
        if (standard != null) {
            return OptionalInt.of(standard);
        }
        return realTime(bare);
    }

    /** {@return the name by which CRI knows a number} */
    static Signal named(int number) {
        return CRI.getOrDefault(number, Signal.SIGNAL_RUNTIME_DEFAULT);
    }

    private static Map<Integer, Signal> byNumber() {
        var names = new HashMap<Integer, Signal>();
        for (var signal : Signal.values()) {
            number(signal).ifPresent(number -> names.putIfAbsent(number, signal));
        }
        return Map.copyOf(names);
    }

    private static OptionalInt realTime(String name) {
        if (!name.matches("RTM(IN(\\+[0-9]{1,2})?|AX(-[0-9]{1,2})?)")) {
            return OptionalInt.empty();
        }
        int sign = Math.max(name.indexOf('+'), name.indexOf('-'));
        int offset = sign < 0 ? 0 : Integer.parseInt(name.substring(sign + 1));
        int number = name.startsWith("RTMIN") ? SIGRTMIN + offset : SIGRTMAX - offset;
        return number >= SIGRTMIN && number <= SIGRTMAX
                ? OptionalInt.of(number)
                : OptionalInt.empty();
    }
}
