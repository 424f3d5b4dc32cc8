package io.demitasse.shim.protocol;

import java.time.Instant;

/** How and when a process ended. */
public sealed interface ExitStatus {
    /** {@return when its end was noticed} */
    Instant finishedAt();

    /** {@return the code as a shell reports it: that of exit(2), or 128 and the signal} */
    int exitCode();

    /** It called exit(2). */
    record Exited(int code, Instant finishedAt) implements ExitStatus {
        @Override
        public int exitCode() {
            return code;
        }
    }

    /** A signal killed it. */
    record Signaled(int signal, Instant finishedAt) implements ExitStatus {
        private static final int SHELL_OFFSET = 128;

        @Override
        public int exitCode() {
            return SHELL_OFFSET + signal;
        }
    }
}
