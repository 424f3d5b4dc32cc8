package io.demitasse.linux.security;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.ffm.Kernel;
import io.demitasse.linux.ffm.SystemCall;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/** Raw layer: bpf(2). */
final class BpfSyscalls {
    // cmd of bpf(2)
    static final int BPF_PROG_LOAD = 5;
    static final int BPF_PROG_ATTACH = 8;

    // prog_type of BPF_PROG_LOAD
    static final int BPF_PROG_TYPE_CGROUP_DEVICE = 15;

    // attach_type of BPF_PROG_ATTACH
    static final int BPF_CGROUP_DEVICE = 6;

    // attach_flags of BPF_PROG_ATTACH
    static final int BPF_F_ALLOW_MULTI = 2;

    /** The members of union bpf_attr for BPF_PROG_LOAD, up to those that name the program. */
    static final StructLayout PROG_LOAD_ATTR =
            MemoryLayout.structLayout(
                    JAVA_INT.withName("prog_type"),
                    JAVA_INT.withName("insn_cnt"),
                    JAVA_LONG.withName("insns"),
                    JAVA_LONG.withName("license"),
                    JAVA_INT.withName("log_level"),
                    JAVA_INT.withName("log_size"),
                    JAVA_LONG.withName("log_buf"),
                    JAVA_INT.withName("kern_version"),
                    JAVA_INT.withName("prog_flags"));

    /** The members of union bpf_attr for BPF_PROG_ATTACH. */
    static final StructLayout PROG_ATTACH_ATTR =
            MemoryLayout.structLayout(
                    JAVA_INT.withName("target_fd"),
                    JAVA_INT.withName("attach_bpf_fd"),
                    JAVA_INT.withName("attach_type"),
                    JAVA_INT.withName("attach_flags"));

    private BpfSyscalls() {}

    /**
     * {@return a close-on-exec descriptor, or 0, or a negated errno; the kernel checks the size}
     */
    static int bpf(CallState state, int cmd, MemorySegment attr) {
        return (int) Kernel.call(state, SystemCall.BPF, cmd, attr.address(), attr.byteSize());
    }
}
