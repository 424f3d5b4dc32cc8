package io.demitasse.daemon.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.demitasse.cri.v1.LinuxContainerSecurityContext;
import io.demitasse.cri.v1.SecurityProfile;
import io.demitasse.cri.v1.SecurityProfile.ProfileType;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.linux.security.AppArmor;
import java.io.IOException;
import java.util.Optional;

/**
 * Which AppArmor profile confines a container, and the default one.
 *
 * <p>Where the kernel has AppArmor a container that names no profile gets the default one, as with
 * containerd; a privileged one gets none, by the definition of CRI. Where it has not, a profile
 * that was asked for is refused, because it would promise what nothing keeps.
 *
 * <p>The default profile is loaded once, before the first container that wants it.
 *
 * <p><b>Threads.</b> May be shared.
 */
public final class AppArmorProfiles {
    /** The profile of the resource of the same name. */
    static final String DEFAULT = "demitasse-default";

    private final AppArmor kernel;
    private final boolean enabled;
    private volatile boolean loaded;

    @GuardedBy("this")
    private Optional<String> problem = Optional.empty();

    /** Profiles of this kernel. */
    public AppArmorProfiles(AppArmor kernel) {
        this.kernel = kernel;
        this.enabled = kernel.isEnabled();
    }

    /** {@return whether the kernel has AppArmor and nothing can load a profile} */
    public boolean lacksParser() {
        return enabled && kernel.parser().isEmpty();
    }

    /** Loads the default profile, so that no container has to wait for it. */
    public void prepare() {
        if (enabled) {
            loadDefault();
        }
    }

    /** Refuses what cannot be meant, and a profile that the kernel does not know. */
    void check(LinuxContainerSecurityContext security) throws RequestException, IOException {
        var asked = asked(security);
        if (asked.isEmpty() || asked.get().getProfileType() == ProfileType.Unconfined) {
            return;
        }
        var type = asked.get().getProfileType();
        if (!enabled) {
            throw RequestException.state(
                    "AppArmor profile %s was asked for, and this kernel has no AppArmor enabled",
                    type == ProfileType.Localhost ? name(asked.get()) : type);
        }
        if (type == ProfileType.RuntimeDefault) {
            requireDefault();
            return;
        }
        var known = kernel.loaded();
        if (known.isPresent() && !known.get().contains(name(asked.get()))) {
            throw RequestException.state(
                    "AppArmor profile \"%s\" is not loaded; load it with apparmor_parser",
                    name(asked.get()));
        }
    }

    /** {@return the profile that a process of this container executes its program in} */
    Optional<String> profile(LinuxContainerSecurityContext security) throws RequestException {
        if (!enabled || security.getPrivileged()) {
            return Optional.empty();
        }
        var asked = asked(security);
        if (asked.isEmpty()) {
            return loadDefault().isEmpty() ? Optional.of(DEFAULT) : Optional.empty();
        }
        return switch (asked.get().getProfileType()) {
            case Unconfined -> Optional.empty();
            case Localhost -> Optional.of(name(asked.get()));
            case RuntimeDefault, UNRECOGNIZED -> {
                requireDefault();
                yield Optional.of(DEFAULT);
            }
        };
    }

    private void requireDefault() throws RequestException {
        var refused = loadDefault();
        if (refused.isPresent()) {
            throw RequestException.state(
                    "AppArmor profile RuntimeDefault cannot be had: %s", refused.get());
        }
    }

    /** {@return why the default profile is not there; nothing if it is} */
    private Optional<String> loadDefault() {
        return loaded ? Optional.empty() : loadDefaultOnce();
    }

    /** A failure is kept: what is missing on the node would be missing for each container. */
    private synchronized Optional<String> loadDefaultOnce() {
        if (!loaded && problem.isEmpty()) {
            try {
                kernel.load(text());
                loaded = true;
            } catch (IOException failure) {
                problem = Optional.of(String.valueOf(failure.getMessage()));
            }
        }
        return problem;
    }

    private static String text() throws IOException {
        try (var in = AppArmorProfiles.class.getResourceAsStream(DEFAULT + ".apparmor")) {
            if (in == null) {
                throw new IOException("the default AppArmor profile is missing from this build");
            }
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    /** {@return what a container asks for, in the newer field or in the older one} */
    @SuppressWarnings("deprecation") // clients of containerd 1 still send the older field
    private static Optional<SecurityProfile> asked(LinuxContainerSecurityContext security)
            throws RequestException {
        if (security.getPrivileged()) {
            return Optional.empty();
        }
        if (security.hasApparmor()) {
            return Optional.of(security.getApparmor());
        }
        return SecurityProfiles.older(security.getApparmorProfile(), "apparmor_profile");
    }

    /** {@return the name of a local profile, as the kernel has it} */
    private static String name(SecurityProfile profile) throws RequestException {
        var name = SecurityProfiles.localName(profile);
        if (name.isEmpty() || name.chars().anyMatch(letter -> letter < ' ')) {
            throw RequestException.invalid(
                    "AppArmor localhost_ref \"%s\" names no profile", profile.getLocalhostRef());
        }
        return name;
    }
}
