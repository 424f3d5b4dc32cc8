package io.demitasse.linux.process;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * How many files this process may have open: what the kernel holds it to, and what it may raise
 * that to.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/getrlimit.2.html">getrlimit(2),
 *     RLIMIT_NOFILE</a>
 */
public record OpenFilesLimit(long soft, long hard) {
    /** Its number, for those who set it for others. */
    public static final int RESOURCE = 7;

    /** Takes as many as there may be; {@return what it was before} */
    public static OpenFilesLimit raise() throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var limit = arena.allocate(ProcessSyscalls.RLIMIT64);
            exchange(arena, MemorySegment.NULL, limit);
            long soft =
                    (long)
                            ProcessSyscalls.RLIMIT64
                                    .varHandle(groupElement("rlim_cur"))
                                    .get(limit, 0L);
            long hard =
                    (long)
                            ProcessSyscalls.RLIMIT64
                                    .varHandle(groupElement("rlim_max"))
                                    .get(limit, 0L);
            ProcessSyscalls.RLIMIT64.varHandle(groupElement("rlim_cur")).set(limit, 0L, hard);
            exchange(arena, limit, MemorySegment.NULL);
            return new OpenFilesLimit(soft, hard);
        }
    }

    private static void exchange(Arena arena, MemorySegment next, MemorySegment previous)
            throws SyscallException {
        SyscallException.check(
                ProcessSyscalls.prlimit64(CallState.in(arena), 0, RESOURCE, next, previous),
                "prlimit64(0, RLIMIT_NOFILE)");
    }
}
