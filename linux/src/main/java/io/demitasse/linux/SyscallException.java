package io.demitasse.linux;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.io.IOException;

/**
 * A system call that the kernel refused. The message reads like a line of strace(1): {@code
 * pidfd_open(4242, 0) = ESRCH (No such process)}.
 */
public final class SyscallException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /** Names the call as strace(1) would, with its arguments, and why it was refused. */
    public SyscallException(String call, Errno errno) {
        super(call + " = " + errno);
        this.errno = errno.number();
    }

    /** As above, with what the kernel said beyond the number, where it said something. */
    public SyscallException(String call, Errno errno, String explanation) {
        super(call + " = " + errno + (explanation.isEmpty() ? "" : ": " + explanation));
        this.errno = errno.number();
    }

    /** {@return the error number, one of the constants of {@link Errno}} */
    public int errno() {
        return errno;
    }

    /** {@return whether the kernel's answer was this one} */
    public boolean is(int number) {
        return errno == number;
    }

    /** Returns {@code result}, or throws if it is a negated errno. Formats on failure only. */
    @CanIgnoreReturnValue
    @FormatMethod
    public static int check(long result, @FormatString String call, Object... arguments)
            throws SyscallException {
        if (result >= 0) {
            return (int) result;
        }
        throw new SyscallException(call.formatted(arguments), new Errno((int) -result));
    }
}
