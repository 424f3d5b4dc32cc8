package io.demitasse.shim.container;

import io.demitasse.shim.plan.SeccompFilter;
import java.util.Optional;

/**
 * What the kernel refuses a process whatever its user and its capabilities are.
 *
 * @param appArmorProfile the name of a profile that is loaded; without one it stays in the shim's
 */
public record Confinement(
        boolean noNewPrivileges,
        Optional<SeccompFilter> seccomp,
        Optional<String> appArmorProfile) {
    /** {@return no_new_privs, and nothing else} */
    public static Confinement onlyNoNewPrivileges() {
        return new Confinement(true, Optional.empty(), Optional.empty());
    }
}
