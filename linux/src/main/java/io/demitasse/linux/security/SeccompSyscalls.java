package io.demitasse.linux.security;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.demitasse.linux.ffm.Kernel;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/** Raw layer: seccomp(2), and the names of system calls as libseccomp knows them. */
final class SeccompSyscalls {
    // what a filter returns, in linux/seccomp.h; the lower half is data
    static final int SECCOMP_RET_KILL_PROCESS = 0x80000000;
    static final int SECCOMP_RET_KILL_THREAD = 0x00000000;
    static final int SECCOMP_RET_TRAP = 0x00030000;
    static final int SECCOMP_RET_ERRNO = 0x00050000;
    static final int SECCOMP_RET_TRACE = 0x7ff00000;
    static final int SECCOMP_RET_LOG = 0x7ffc0000;
    static final int SECCOMP_RET_ALLOW = 0x7fff0000;

    // arch_token of seccomp_syscall_resolve_name_arch(3): those of seccomp_data, and one for x32,
    // which has the arch of x86-64 and numbers with a bit of its own
    static final int SCMP_ARCH_X86 = 0x40000003;
    static final int SCMP_ARCH_X86_64 = 0xc000003e;
    static final int SCMP_ARCH_X32 = 0x4000003e;
    static final int SCMP_ARCH_ARM = 0x40000028;
    static final int SCMP_ARCH_AARCH64 = 0xc00000b7;

    static final StructLayout SECCOMP_DATA =
            MemoryLayout.structLayout(
                    JAVA_INT.withName("nr"),
                    JAVA_INT.withName("arch"),
                    JAVA_LONG.withName("instruction_pointer"),
                    MemoryLayout.sequenceLayout(6, JAVA_LONG).withName("args"));

    // the signature of posix_spawn's handles, which is linked already: see docs/decisions/0001
    private static final MethodHandle SECCOMP_SYSCALL_RESOLVE_NAME_ARCH =
            Kernel.function(
                    Kernel.library("libseccomp.so.2"),
                    "seccomp_syscall_resolve_name_arch",
                    FunctionDescriptor.of(
                            JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                            JAVA_LONG));

    private SeccompSyscalls() {}

    /**
     * {@return the number of a call, or something negative if the architecture does not have it}
     */
    static int seccomp_syscall_resolve_name_arch(int arch_token, MemorySegment name) {
        try {
            return (int)
                    SECCOMP_SYSCALL_RESOLVE_NAME_ARCH.invokeExact(
                            (long) arch_token, name.address(), 0L, 0L, 0L, 0L);
        } catch (Throwable thrown) {
            throw Kernel.unreachable(thrown);
        }
    }
}
