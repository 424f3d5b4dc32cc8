package io.demitasse.linux.process;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;

/** What a platform thread may ask of the kernel for itself. */
public final class CallingThread {
    private static final int LEAST_FAVOURED = 19;

    private CallingThread() {}

    /**
     * Gives way to every other thread of the machine that wants a processor, for good: raising the
     * priority again takes a privilege.
     *
     * @see <a href="https://man7.org/linux/man-pages/man7/sched.7.html">sched(7), the nice
     *     value</a>
     */
    public static void giveWay() throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            SyscallException.check(
                    ProcessSyscalls.setpriority(
                            CallState.in(arena), ProcessSyscalls.PRIO_PROCESS, 0, LEAST_FAVOURED),
                    "setpriority(PRIO_PROCESS, 0, %d)",
                    LEAST_FAVOURED);
        }
    }
}
