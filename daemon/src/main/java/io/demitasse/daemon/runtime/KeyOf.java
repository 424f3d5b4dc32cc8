package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ContainerMetadata;
import io.demitasse.cri.v1.PodSandboxMetadata;

/** The names by which a repeated request is recognised. */
public final class KeyOf {
    private KeyOf() {}

    /** {@return what makes a pod sandbox the same one} */
    public static String pod(PodSandboxMetadata metadata) {
        return String.join(
                "_",
                metadata.getName(),
                metadata.getNamespace(),
                metadata.getUid(),
                Integer.toUnsignedString(metadata.getAttempt()));
    }

    /** {@return what makes a container the same one} */
    public static String container(String sandboxId, ContainerMetadata metadata) {
        return String.join(
                "_",
                sandboxId,
                metadata.getName(),
                Integer.toUnsignedString(metadata.getAttempt()));
    }
}
