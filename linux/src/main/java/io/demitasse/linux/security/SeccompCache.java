package io.demitasse.linux.security;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Compiled filters by policy: compiling costs some milliseconds, looking up none.
 *
 * <p><b>Threads.</b> May be shared; a policy that two threads ask for is compiled once.
 */
public final class SeccompCache {
    /** Policies of a node are few; with more than this it starts anew rather than grow. */
    private static final int MAX_PROFILES = 64;

    private final Map<SeccompProfile, SeccompProgram> programs = new ConcurrentHashMap<>();
    private final Map<CapabilitySet, SeccompProgram> defaults = new ConcurrentHashMap<>();

    /**
     * {@return the filter of a policy}
     *
     * @throws IllegalStateException if libseccomp refuses the policy
     */
    public SeccompProgram program(SeccompProfile profile) {
        if (programs.size() >= MAX_PROFILES) {
            programs.clear();
        }
        return programs.computeIfAbsent(profile, SeccompCompiler::compile);
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
