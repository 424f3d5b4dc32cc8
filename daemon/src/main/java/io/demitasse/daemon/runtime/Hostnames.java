package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a pod calls itself: the kernel's answer, its files and HOSTNAME say the same. */
final class Hostnames {
    private static final Path OF_NODE = Path.of("/proc/sys/kernel/hostname");

    private Hostnames() {}

    /** {@return the hostname that was asked for, else the node's} */
    static String of(PodSandboxConfig config) throws IOException {
        return config.getHostname().isEmpty()
                ? Files.readString(OF_NODE).strip()
                : config.getHostname();
    }
}
