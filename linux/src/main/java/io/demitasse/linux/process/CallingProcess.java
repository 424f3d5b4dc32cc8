package io.demitasse.linux.process;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;

/** What a process may ask of the kernel for itself. */
public final class CallingProcess {
    private CallingProcess() {}

    /**
     * From now on the kernel writes no core file of this process, and nobody without CAP_SYS_PTRACE
     * looks into its memory, environment or descriptors. A program that it starts is not concerned.
     *
     * @see <a
     *     href="https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html">PR_SET_DUMPABLE(2const)</a>
     */
    public static void refuseDumps() throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            SyscallException.check(
                    ProcessSyscalls.prctl(CallState.in(arena), ProcessSyscalls.PR_SET_DUMPABLE, 0),
                    "prctl(PR_SET_DUMPABLE, 0)");
        }
    }
}
