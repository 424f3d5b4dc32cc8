package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.SELinuxOption;
import io.demitasse.daemon.call.RequestException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * SELinux labels, which this runtime does not give to processes. Where the kernel has SELinux a
 * request for one is refused, because it would promise what nothing keeps; elsewhere a label means
 * nothing, and is ignored as other runtimes do.
 */
final class SelinuxLabels {
    /** A kernel without SELinux has no file system of it, and never gets one. */
    private static final boolean ENABLED = Files.exists(Path.of("/sys/fs/selinux/enforce"));

    private SelinuxLabels() {}

    static void check(SELinuxOption asked) throws RequestException {
        check(asked, ENABLED);
    }

    static void check(SELinuxOption asked, boolean enabled) throws RequestException {
        if (enabled && !asked.equals(SELinuxOption.getDefaultInstance())) {
            throw RequestException.unimplemented(
                    "SELinux label \"%s:%s:%s:%s\": labels are not available yet",
                    asked.getUser(), asked.getRole(), asked.getType(), asked.getLevel());
        }
    }
}
