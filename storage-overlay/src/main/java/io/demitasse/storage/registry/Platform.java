package io.demitasse.storage.registry;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/**
 * An operating system and a processor, in OCI's words.
 *
 * @param variant {@code v8}, or empty where there is none
 */
public record Platform(String os, String architecture, String variant) {
    /** From the least to the most; each processor runs what is for one before its own. */
    private static final Map<String, List<String>> VARIANTS =
            Map.of(
                    "amd64", List.of("", "v2", "v3", "v4"),
                    "arm64", List.of("v8", "v8.1", "v8.2", "v8.3", "v8.4", "v8.5", "v9"),
                    "arm", List.of("v5", "v6", "v7", "v8"));

    /** Other words for the same, as uname(2) and packagers have them. */
    private static final Map<String, String> ARCHITECTURES =
            Map.of(
                    "x86_64", "amd64", "x86-64", "amd64", "aarch64", "arm64", "i386", "386", "i686",
                    "386", "x86", "386");

    /** What the processors of an architecture run besides, if there is nothing better. */
    private static final Map<String, Platform> COMPANIONS =
            Map.of(
                    "amd64", new Platform("linux", "386", ""),
                    "arm64", new Platform("linux", "arm", "v8"));

    /** Further than any variant of the own architecture. */
    private static final int COMPANION = 100;

    private static final Platform CURRENT = detect();

    /** {@return the platform that we run on} */
    public static Platform current() {
        return CURRENT;
    }

    private static Platform detect() {
        var architecture = normalised(System.getProperty("os.arch"));
        return new Platform("linux", architecture, Processor.variant(architecture));
    }

    private static String normalised(String architecture) {
        var lower = architecture.toLowerCase(Locale.ROOT);
        return ARCHITECTURES.getOrDefault(lower, lower);
    }

    /** {@return the variant in the word that the list of its architecture has for it} */
    private static String variant(String architecture, String variant) {
        var lower = variant.toLowerCase(Locale.ROOT).replaceFirst("\\.0$", "");
        return switch (architecture) {
            case "amd64" -> lower.equals("v1") ? "" : lower;
            case "arm64" -> lower.isEmpty() ? "v8" : lower.equals("8") ? "v8" : lower;
            case "arm" -> lower.isEmpty() ? "v7" : lower.matches("[5-8]") ? "v" + lower : lower;
            default -> lower;
        };
    }

    /**
     * {@return how far an image's platform is from this one, 0 if it is made for it, or empty if it
     * does not run here}
     */
    OptionalInt distance(Platform other) {
        if (!os.equals(other.os.toLowerCase(Locale.ROOT))) {
            return OptionalInt.empty();
        }
        int own = distanceOfVariant(other);
        var companion = COMPANIONS.get(architecture);
        if (own >= 0 || companion == null) {
            return own < 0 ? OptionalInt.empty() : OptionalInt.of(own);
        }
        int far = companion.distanceOfVariant(other);
        return far < 0 ? OptionalInt.empty() : OptionalInt.of(COMPANION + far);
    }

    /** {@return as {@link #distance} of the same architecture, or -1} */
    private int distanceOfVariant(Platform other) {
        if (!architecture.equals(normalised(other.architecture))) {
            return -1;
        }
        var known = VARIANTS.get(architecture);
        var mine = variant(architecture, variant);
        var wanted = variant(architecture, other.variant);
        if (known == null) {
            return wanted.isEmpty() || mine.isEmpty() || wanted.equals(mine) ? 0 : -1;
        }
        int index = known.indexOf(wanted);
        return index < 0 ? -1 : known.indexOf(mine) - index;
    }

    @Override
    public String toString() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
