package io.demitasse.storage.registry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which variant of its architecture this machine's processor is, by what the kernel says that it
 * can do.
 *
 * @see <a href="https://gitlab.com/x86-psABIs/x86-64-ABI">x86-64 psABI, micro-architecture
 *     levels</a>
 */
final class Processor {
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");

    /** One variant more, and what it has that the one before it need not have. */
    private record Level(String variant, Set<String> flags) {}

    /** The kernel's words; {@code abm} is lzcnt, {@code pni} SSE3, {@code xsave} stands for it. */
    private static final Map<String, List<Level>> LEVELS =
            Map.of(
                    "amd64",
                    List.of(
                            level("v2", "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"),
                            level("v3", "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave"),
                            level("v4", "avx512f avx512bw avx512cd avx512dq avx512vl")),
                    "arm64",
                    List.of(
                            level("v8", ""),
                            level("v8.1", "atomics asimdrdm crc32"),
                            level("v8.2", "dcpop"),
                            level("v8.3", "jscvt fcma lrcpc"),
                            level("v8.4", "dit uscat ilrcpc flagm asimddp"),
                            level("v8.5", "sb frint"),
                            level("v9", "sve2")),
                    "arm",
                    List.of(level("v6", ""), level("v7", "vfpv3")));

    private Processor() {}

    private static Level level(String variant, String flags) {
        return new Level(variant, words(flags));
    }

    private static Set<String> words(String text) {
        var words = new HashSet<>(Arrays.asList(text.strip().split("\\s+")));
        words.remove("");
        return words;
    }

    /** {@return the highest variant that this machine is, or an empty one where there are none} */
    static String variant(String architecture) {
        try {
            return variant(architecture, Files.readString(CPUINFO));
        } catch (IOException unknown) {
            return variant(architecture, ""); // the least
        }
    }

    /** As above, of what {@code /proc/cpuinfo} says of its first processor. */
    static String variant(String architecture, String cpuinfo) {
        var can = Set.<String>of();
        for (var line : cpuinfo.lines().toList()) {
            int colon = line.indexOf(':');
            var key = colon < 0 ? "" : line.substring(0, colon).strip();
            if (key.equals("flags") || key.equals("Features")) {
                can = words(line.substring(colon + 1));
                break;
            }
        }
        var reached = "";
        for (var level : LEVELS.getOrDefault(architecture, List.of())) {
            if (!can.containsAll(level.flags)) {
                break;
            }
            reached = level.variant;
        }
        return reached;
    }
}
