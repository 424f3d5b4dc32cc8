package io.demitasse.linux.process;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;

/**
 * The permissions that this process takes from every file, directory and socket that it makes.
 *
 * <p><b>Threads.</b> It belongs to the whole process: it is set once, before anything is made.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/umask.2.html">umask(2)</a>
 */
public final class Umask {
    private Umask() {}

    /** Sets it; {@return the one before} It cannot fail. */
    @CanIgnoreReturnValue
    public static int set(int mask) {
        try (var arena = Arena.ofConfined()) {
            return (int) ProcessSyscalls.umask(CallState.in(arena), mask);
        }
    }
}
