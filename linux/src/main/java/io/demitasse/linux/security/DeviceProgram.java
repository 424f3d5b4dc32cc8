package io.demitasse.linux.security;

import static io.demitasse.linux.SyscallException.check;
import static io.demitasse.linux.security.BpfSyscalls.PROG_ATTACH_ATTR;
import static io.demitasse.linux.security.BpfSyscalls.PROG_LOAD_ATTR;
import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.invoke.VarHandle;

/**
 * A device policy as a program in the kernel, to be attached to groups.
 *
 * <p>Attached programs stay when this is closed: each group holds a reference until it is removed.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/cgroup-v2.html#device-controller">Device
 *     controller</a>
 */
public final class DeviceProgram implements AutoCloseable {
    private static final int INSTRUCTION_BYTES = 8;
    private static final VarHandle PROG_TYPE = PROG_LOAD_ATTR.varHandle(groupElement("prog_type"));
    private static final VarHandle INSN_CNT = PROG_LOAD_ATTR.varHandle(groupElement("insn_cnt"));
    private static final VarHandle INSNS = PROG_LOAD_ATTR.varHandle(groupElement("insns"));
    private static final VarHandle LICENSE = PROG_LOAD_ATTR.varHandle(groupElement("license"));
    private static final VarHandle TARGET_FD =
            PROG_ATTACH_ATTR.varHandle(groupElement("target_fd"));
    private static final VarHandle ATTACH_BPF_FD =
            PROG_ATTACH_ATTR.varHandle(groupElement("attach_bpf_fd"));
    private static final VarHandle ATTACH_TYPE =
            PROG_ATTACH_ATTR.varHandle(groupElement("attach_type"));
    private static final VarHandle ATTACH_FLAGS =
            PROG_ATTACH_ATTR.varHandle(groupElement("attach_flags"));

    private final Fd program;

    private DeviceProgram(Fd program) {
        this.program = program;
    }

    /** Assembles the program of a policy and has the kernel verify it. */
    public static DeviceProgram load(DevicePolicy policy) throws SyscallException {
        var code = DeviceAssembler.assemble(policy);
        int instructions = code.length / INSTRUCTION_BYTES;
        try (var arena = Arena.ofConfined()) {
            var attr = arena.allocate(PROG_LOAD_ATTR);
            PROG_TYPE.set(attr, 0L, BpfSyscalls.BPF_PROG_TYPE_CGROUP_DEVICE);
            INSN_CNT.set(attr, 0L, instructions);
            INSNS.set(attr, 0L, arena.allocateFrom(JAVA_BYTE, code).address());
            // the helpers it calls, none, decide whether a licence is needed; a string always is
            LICENSE.set(attr, 0L, arena.allocateFrom("Apache-2.0").address());
            int fd =
                    check(
                            BpfSyscalls.bpf(CallState.in(arena), BpfSyscalls.BPF_PROG_LOAD, attr),
                            "bpf(BPF_PROG_LOAD, {BPF_PROG_TYPE_CGROUP_DEVICE, %d instructions})",
                            instructions);
            return new DeviceProgram(Fd.owning(fd, "device program"));
        }
    }

    /**
     * Attaches the program to a group, beside the programs it has: an access must please all of
     * them, and those of the groups above.
     */
    public void attach(Fd cgroupDirectory) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var attr = arena.allocate(PROG_ATTACH_ATTR);
            TARGET_FD.set(attr, 0L, cgroupDirectory.number());
            ATTACH_BPF_FD.set(attr, 0L, program.number());
            ATTACH_TYPE.set(attr, 0L, BpfSyscalls.BPF_CGROUP_DEVICE);
            ATTACH_FLAGS.set(attr, 0L, BpfSyscalls.BPF_F_ALLOW_MULTI);
            check(
                    BpfSyscalls.bpf(CallState.in(arena), BpfSyscalls.BPF_PROG_ATTACH, attr),
                    "bpf(BPF_PROG_ATTACH, {%s, BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI})",
                    cgroupDirectory);
        }
    }

    @Override
    public void close() {
        program.close();
    }
}
