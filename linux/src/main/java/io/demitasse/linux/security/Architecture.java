package io.demitasse.linux.security;

import java.util.stream.IntStream;

/** The calling conventions that a process of this machine may use, by libseccomp's tokens. */
final class Architecture {
    private static final boolean ARM64 = "aarch64".equals(System.getProperty("os.arch"));

    /** The convention of the machine itself. */
    static final int NATIVE =
            ARM64 ? SeccompSyscalls.SCMP_ARCH_AARCH64 : SeccompSyscalls.SCMP_ARCH_X86_64;

    private Architecture() {}

    /** {@return the older conventions, by which a filter could be passed if they had no rules} */
    static int[] foreign() {
        return ARM64
                ? new int[] {SeccompSyscalls.SCMP_ARCH_ARM}
                : new int[] {SeccompSyscalls.SCMP_ARCH_X86, SeccompSyscalls.SCMP_ARCH_X32};
    }

    static int[] all() {
        return IntStream.concat(IntStream.of(NATIVE), IntStream.of(foreign())).toArray();
    }
}
