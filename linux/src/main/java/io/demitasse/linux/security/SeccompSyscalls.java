package io.demitasse.linux.security;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.demitasse.linux.ffm.Kernel;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * Raw layer: libseccomp, seccomp_init(3) to seccomp_export_bpf(3).
 *
 * <p>Linked when first used. All functions share one signature: in the calling conventions of both
 * architectures an int parameter is the lower half of a register, and of a returned int only the
 * lower half counts.
 */
final class SeccompSyscalls {
    // attr of seccomp_attr_set(3)
    static final int SCMP_FLTATR_CTL_OPTIMIZE = 8;

    // def_action of seccomp_init(3), action of seccomp_rule_add_array(3)
    static final int SCMP_ACT_KILL_PROCESS = 0x80000000;
    static final int SCMP_ACT_KILL_THREAD = 0x00000000;
    static final int SCMP_ACT_TRAP = 0x00030000;
    static final int SCMP_ACT_ERRNO = 0x00050000;
    static final int SCMP_ACT_TRACE = 0x7ff00000;
    static final int SCMP_ACT_LOG = 0x7ffc0000;
    static final int SCMP_ACT_ALLOW = 0x7fff0000;

    // arch_token of seccomp_arch_add(3): the audit subsystem's, and libseccomp's own for x32
    static final int SCMP_ARCH_X86 = 0x40000003;
    static final int SCMP_ARCH_X86_64 = 0xc000003e;
    static final int SCMP_ARCH_X32 = 0x4000003e;
    static final int SCMP_ARCH_ARM = 0x40000028;
    static final int SCMP_ARCH_AARCH64 = 0xc00000b7;

    // returned by seccomp_syscall_resolve_name_arch(3); other negative numbers are calls that the
    // architecture does not have, and which rules may name all the same
    static final int __NR_SCMP_ERROR = -1;

    static final StructLayout SCMP_ARG_CMP =
            MemoryLayout.structLayout(
                    JAVA_INT.withName("arg"),
                    JAVA_INT.withName("op"),
                    JAVA_LONG.withName("datum_a"),
                    JAVA_LONG.withName("datum_b"));

    private static final FunctionDescriptor SHAPE =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final SymbolLookup LIBRARY = Kernel.library("libseccomp.so.2");
    private static final MethodHandle SECCOMP_INIT = function("seccomp_init");
    private static final MethodHandle SECCOMP_RELEASE = function("seccomp_release");
    private static final MethodHandle SECCOMP_ATTR_SET = function("seccomp_attr_set");
    private static final MethodHandle SECCOMP_ARCH_ADD = function("seccomp_arch_add");
    private static final MethodHandle SECCOMP_SYSCALL_RESOLVE_NAME_ARCH =
            function("seccomp_syscall_resolve_name_arch");
    private static final MethodHandle SECCOMP_RULE_ADD_ARRAY = function("seccomp_rule_add_array");
    private static final MethodHandle SECCOMP_EXPORT_BPF = function("seccomp_export_bpf");

    private SeccompSyscalls() {}

    /** {@return the address of a filter context, 0 if the action is unknown} */
    static long seccomp_init(int def_action) {
        return call(SECCOMP_INIT, def_action, 0, 0, 0, 0);
    }

    static void seccomp_release(long ctx) {
        call(SECCOMP_RELEASE, ctx, 0, 0, 0, 0);
    }

    static int seccomp_attr_set(long ctx, int attr, int value) {
        return (int) call(SECCOMP_ATTR_SET, ctx, attr, value, 0, 0);
    }

    static int seccomp_arch_add(long ctx, int arch_token) {
        return (int) call(SECCOMP_ARCH_ADD, ctx, arch_token, 0, 0, 0);
    }

    static int seccomp_syscall_resolve_name_arch(int arch_token, MemorySegment name) {
        return (int) call(SECCOMP_SYSCALL_RESOLVE_NAME_ARCH, arch_token, name.address(), 0, 0, 0);
    }

    static int seccomp_rule_add_array(
            long ctx, int action, int syscall, int arg_cnt, MemorySegment arg_array) {
        return (int)
                call(SECCOMP_RULE_ADD_ARRAY, ctx, action, syscall, arg_cnt, arg_array.address());
    }

    static int seccomp_export_bpf(long ctx, int fd) {
        return (int) call(SECCOMP_EXPORT_BPF, ctx, fd, 0, 0, 0);
    }

    private static MethodHandle function(String name) {
        return Kernel.function(LIBRARY, name, SHAPE);
    }

    private static long call(MethodHandle function, long a0, long a1, long a2, long a3, long a4) {
        try {
            return (long) function.invokeExact(a0, a1, a2, a3, a4);
        } catch (Throwable thrown) {
            throw Kernel.unreachable(thrown);
        }
    }
}
