package io.demitasse.linux.security;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** Assembles the few instructions of classic BPF that libseccomp does not write for us. */
final class ClassicBpf {
    /** The kernel takes at most 4096 instructions (BPF_MAXINSNS). */
    static final int MAX_BYTES = 4096 * 8;

    // code of sock_filter
    private static final int LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private static final int JUMP_IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private static final int JUMP_IF_GREATER = 0x25; // BPF_JMP | BPF_JGT | BPF_K
    private static final int JUMP_IF_GREATER_OR_EQUAL = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    private static final int RETURN = 0x06; // BPF_RET | BPF_K

    // offsets in struct seccomp_data
    private static final int NR = 0;
    private static final int ARCH = 4;

    private static final int X32_SYSCALL_BIT = 0x40000000;
    private static final int LONGEST_PROLOGUE_BYTES = 16 * 8;

    private ClassicBpf() {}

    /**
     * {@return the filter behind instructions that answer calls newer than the policy}
     *
     * <p>Jumps of classic BPF are relative and go forwards, so that the filter stays as it is.
     *
     * @param lastCalls the highest number the policy names, by architecture
     */
    static byte[] answeringNewerCalls(Map<Integer, Integer> lastCalls, int errno, byte[] filter) {
        var code =
                ByteBuffer.allocate(LONGEST_PROLOGUE_BYTES + filter.length)
                        .order(ByteOrder.nativeOrder());
        int answer = SeccompSyscalls.SCMP_ACT_ERRNO | errno;
        lastCalls.forEach((architecture, last) -> {
            // x32 shares its token with x86-64 and has numbers with a bit of its own
            if (architecture != SeccompSyscalls.SCMP_ARCH_X32 && last > 0) {
                put(code, LOAD_WORD, 0, 0, ARCH);
                put(code, JUMP_IF_EQUAL, 0, 4, architecture);
                put(code, LOAD_WORD, 0, 0, NR);
                put(code, JUMP_IF_GREATER_OR_EQUAL, 2, 0, X32_SYSCALL_BIT);
                put(code, JUMP_IF_GREATER, 0, 1, last);
                put(code, RETURN, 0, 0, answer);
            }
        });
        code.put(filter);
        var program = new byte[code.position()];
        code.flip().get(program);
        return program;
    }

    private static void put(ByteBuffer code, int operation, int ifTrue, int ifFalse, int operand) {
        code.putShort((short) operation);
        code.put((byte) ifTrue).put((byte) ifFalse).putInt(operand);
    }
}
