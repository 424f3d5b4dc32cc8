package io.demitasse.shim.launch;

import io.demitasse.linux.Errno;
import io.demitasse.shim.plan.Operation;
import java.io.IOException;
import java.util.Optional;

/** A process that was not started: {@code exec "foo": ENOENT (No such file or directory)}. */
public final class LaunchException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Optional<Operation> operation;
    private final int errno;
    private final boolean isLate;

    LaunchException(String sentence, Optional<Operation> operation, int errno) {
        this(sentence, operation, errno, false);
    }

    private LaunchException(
            String sentence, Optional<Operation> operation, int errno, boolean isLate) {
        super(sentence);
        this.isLate = isLate;
        this.operation = operation;
        this.errno = errno;
    }

    static LaunchException refused(Operation operation, int errno) {
        return new LaunchException(
                operation.describe() + ": " + new Errno(errno), Optional.of(operation), errno);
    }

    static LaunchException late(String where) {
        return new LaunchException(
                "the process was killed because it did not come to run its program in time, "
                        + where
                        + "; it may have been stopped (SIGSTOP) by a process that shares its PID"
                        + " namespace",
                Optional.empty(),
                Errno.ETIMEDOUT,
                true);
    }

    static LaunchException failed(String step, int errno) {
        return new LaunchException(
                "shim could not " + step + ": " + new Errno(errno), Optional.empty(), errno);
    }

    /** {@return the operation of the plan that the kernel refused, if it was one} */
    public Optional<Operation> operation() {
        return operation;
    }

    /** {@return whether the launch was given up, by its limit or by whoever waited for it} */
    public boolean isLate() {
        return isLate;
    }

    /** {@return why, one of the constants of {@link Errno}} */
    public int errno() {
        return errno;
    }
}
