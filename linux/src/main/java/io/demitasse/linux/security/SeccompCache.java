package io.demitasse.linux.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Compiled filters by policy: compiling costs some milliseconds, looking up none.
 *
 * <p><b>Threads.</b> May be shared.
 */
public final class SeccompCache {
    /**
     * Policies of a node are few; with more than this it starts anew rather than grow. A program
     * has 32 KiB at most, so that all take 4 MiB.
     */
    private static final int MAX_PROFILES = 64;

    private final Map<Key, SeccompProgram> programs = new ConcurrentHashMap<>();
    private final Map<CapabilitySet, SeccompProgram> defaults = new ConcurrentHashMap<>();

    private record Key(String text, CapabilitySet bounding) {}

    /** Makes a policy of its text. */
    public interface Source<E extends Exception> {
        /** {@return the policy} */
        SeccompProfile read() throws E;
    }

    /**
     * {@return the filter of a policy's text, for a container with this bounding set}
     *
     * <p>The text is not kept, only its digest.
     *
     * @throws IllegalStateException if it is longer than the kernel takes
     */
    public <E extends Exception> SeccompProgram program(
            String text, CapabilitySet bounding, Source<E> source) throws E {
        var key = new Key(digest(text), bounding);
        var known = programs.get(key);
        if (known != null) {
            return known;
        }
        var compiled = SeccompCompiler.compile(source.read());
        if (programs.size() >= MAX_PROFILES) {
            programs.clear();
        }
        programs.put(key, compiled);
        return compiled;
    }

    private static String digest(String text) {
        try {
            var hash = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(hash.digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }

    /** {@return the filter of {@link RuntimeDefault} for a container with this bounding set} */
    public SeccompProgram runtimeDefault(CapabilitySet bounding) {
        if (defaults.size() >= MAX_PROFILES) {
            defaults.clear();
        }
        return defaults.computeIfAbsent(
                bounding, set -> SeccompCompiler.compile(RuntimeDefault.profile(set)));
    }
}
