package io.demitasse.daemon.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.cri.v1.LinuxContainerSecurityContext;
import io.demitasse.cri.v1.SecurityProfile;
import io.demitasse.cri.v1.SecurityProfile.ProfileType;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.linux.file.RegularFile;
import io.demitasse.linux.security.CapabilitySet;
import io.demitasse.linux.security.SeccompCache;
import io.demitasse.linux.security.SeccompCompiler;
import io.demitasse.linux.security.SeccompProgram;
import io.demitasse.shim.container.StandardPaths;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a container may do, from its security context and the defaults of this runtime.
 *
 * <p>A container that says nothing gets the default capabilities, masked and read-only paths (the
 * paths not in a user namespace). A privileged one gets all that the daemon has, and none of the
 * rest. Seccomp filters are for those that name a profile, as CRI has it; the kubelet always names
 * one.
 */
public final class SecurityChoices {
    private static final System.Logger LOGGER = System.getLogger(SecurityChoices.class.getName());

    /** The longest that are in use have some 50 KiB. */
    private static final int MAX_PROFILE_BYTES = 1 << 20;

    private final SeccompCache seccomp = new SeccompCache();

    /**
     * {@return the set for a container; refuses a name that is no capability, or is not to be had}
     */
    static CapabilitySet capabilities(LinuxContainerSecurityContext security)
            throws RequestException {
        var held = Held.CAPABILITIES;
        if (security.getPrivileged()) {
            return held;
        }
        var asked = security.getCapabilities();
        CapabilitySet chosen;
        try {
            chosen =
                    CapabilitySet.DEFAULT.adjusted(
                            asked.getAddCapabilitiesList(), asked.getDropCapabilitiesList(), held);
        } catch (IllegalArgumentException unknown) {
            throw RequestException.invalid(unknown);
        }
        var refused = chosen.without(held);
        if (!refused.capabilities().isEmpty()) {
            throw RequestException.state(
                    "capabilities %s were asked for, and the daemon does not have them", refused);
        }
        return chosen;
    }

    /**
     * {@return the capabilities that the process keeps through execve as another user than root}
     */
    static CapabilitySet ambient(LinuxContainerSecurityContext security) throws RequestException {
        try {
            return CapabilitySet.NONE.adjusted(
                    security.getCapabilities().getAddAmbientCapabilitiesList(),
                    List.of(),
                    Held.CAPABILITIES);
        } catch (IllegalArgumentException unknown) {
            throw RequestException.invalid(unknown);
        }
    }

    /** {@return the text of the local profile that a request names, checked; empty without one} */
    static String localProfile(LinuxContainerSecurityContext security)
            throws RequestException, IOException {
        var profile = asked(security);
        if (profile.isEmpty() || profile.get().getProfileType() != ProfileType.Localhost) {
            return "";
        }
        var text = read(profile.get());
        var policy =
                SeccompDocument.parse(
                        text, capabilities(security), profile.get().getLocalhostRef());
        try {
            SeccompCompiler.compile(policy);
        } catch (IllegalStateException tooLong) {
            throw RequestException.invalid(
                    "seccomp profile %s: %s",
                    profile.get().getLocalhostRef(), String.valueOf(tooLong.getMessage()));
        }
        var unknown = SeccompCompiler.unknownCalls(policy);
        if (!unknown.isEmpty()) {
            LOGGER.log(
                    Level.DEBUG,
                    "seccomp profile {0} names system calls that do not exist here, ignoring {1}",
                    profile.get().getLocalhostRef(),
                    unknown);
        }
        return text;
    }

    private static String read(SecurityProfile profile) throws RequestException, IOException {
        var path = Path.of(SecurityProfiles.localName(profile));
        if (!path.isAbsolute() || !Files.isRegularFile(path)) {
            throw RequestException.invalid(
                    "seccomp profile \"%s\" is no file; localhost_ref is an absolute path",
                    profile.getLocalhostRef());
        }
        try (var in = RegularFile.open(path, OpenHow.READ).input()) {
            var bytes = in.readNBytes(MAX_PROFILE_BYTES + 1);
            if (bytes.length > MAX_PROFILE_BYTES) {
                throw RequestException.invalid(
                        "seccomp profile %s is longer than %d bytes", path, MAX_PROFILE_BYTES);
            }
            return new String(bytes, UTF_8);
        }
    }

    /** {@return what a container asks for, in the newer field or in the older one} */
    @SuppressWarnings("deprecation") // clients of older versions of CRI still send that field
    private static Optional<SecurityProfile> asked(LinuxContainerSecurityContext security)
            throws RequestException {
        if (security.getPrivileged()) {
            return Optional.empty();
        }
        return security.hasSeccomp()
                ? Optional.of(security.getSeccomp())
                : SecurityProfiles.older(security.getSeccompProfilePath(), "seccomp_profile_path");
    }

    /** {@return the filter to load, if any} */
    Optional<SeccompProgram> seccomp(
            LinuxContainerSecurityContext security, CapabilitySet bounding, String localProfile)
            throws RequestException {
        var profile = asked(security);
        if (profile.isEmpty()) {
            return Optional.empty();
        }
        return switch (profile.get().getProfileType()) {
            case Unconfined -> Optional.empty();
            case RuntimeDefault, UNRECOGNIZED -> Optional.of(seccomp.runtimeDefault(bounding));
            case Localhost ->
                    Optional.of(
                            seccomp.program(
                                    localProfile,
                                    bounding,
                                    () ->
                                            SeccompDocument.parse(
                                                    localProfile,
                                                    bounding,
                                                    profile.get().getLocalhostRef())));
        };
    }

    static List<String> maskedPaths(Container container) {
        return paths(
                container, LinuxContainerSecurityContext::getMaskedPathsList, StandardPaths.MASKED);
    }

    static List<String> readonlyPaths(Container container) {
        return paths(
                container,
                LinuxContainerSecurityContext::getReadonlyPathsList,
                StandardPaths.READ_ONLY);
    }

    /**
     * CRI has no way to tell none from not said. The kubelet says none for procMount: Unmasked,
     * which it allows with a user namespace only; so elsewhere it was not said.
     */
    private static List<String> paths(
            Container container,
            Function<LinuxContainerSecurityContext, List<String>> named,
            List<String> usual) {
        var security = container.record().getConfig().getLinux().getSecurityContext();
        if (security.getPrivileged()) {
            return List.of();
        }
        var paths = named.apply(security);
        return paths.isEmpty() && UserIds.of(container.pod().record().getConfig()).isEmpty()
                ? usual
                : paths;
    }

    /** Compiles the filter that most containers will want before the first one asks for it. */
    public void prepare() {
        seccomp.runtimeDefault(CapabilitySet.DEFAULT);
    }

    /** Read once: a process does not gain capabilities. */
    private static final class Held {
        static final CapabilitySet CAPABILITIES = read();

        private static CapabilitySet read() {
            try {
                return CapabilitySet.ofThisProcess();
            } catch (IOException failure) {
                throw new java.io.UncheckedIOException(failure);
            }
        }
    }
}
