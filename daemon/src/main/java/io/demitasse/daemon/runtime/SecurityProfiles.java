package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.SecurityProfile;
import io.demitasse.cri.v1.SecurityProfile.ProfileType;
import io.demitasse.daemon.call.RequestException;
import java.util.Optional;

/** Profiles of seccomp and AppArmor that clients still name in the older, deprecated fields. */
final class SecurityProfiles {
    private static final String LOCAL = "localhost/";

    private SecurityProfiles() {}

    /** {@return what the text of an older field means, as containerd reads it} */
    static Optional<SecurityProfile> older(String text, String field) throws RequestException {
        return switch (text) {
            case "" -> Optional.empty();
            case "runtime/default", "docker/default" ->
                    Optional.of(of(ProfileType.RuntimeDefault, ""));
            case "unconfined" -> Optional.of(of(ProfileType.Unconfined, ""));
            default -> {
                if (!text.startsWith(LOCAL)) {
                    throw RequestException.invalid(
                            "%s \"%s\" is none of runtime/default, unconfined, localhost/NAME",
                            field, text);
                }
                yield Optional.of(of(ProfileType.Localhost, text));
            }
        };
    }

    /** {@return the name of a local profile, without the word that says that it is one} */
    static String localName(SecurityProfile profile) {
        var reference = profile.getLocalhostRef();
        return reference.startsWith(LOCAL) ? reference.substring(LOCAL.length()) : reference;
    }

    private static SecurityProfile of(ProfileType type, String reference) {
        return SecurityProfile.newBuilder().setProfileType(type).setLocalhostRef(reference).build();
    }
}
