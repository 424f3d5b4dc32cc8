package io.demitasse.linux.security;

/** A filter as seccomp(2) takes it: classic BPF, eight bytes an instruction. */
public final class SeccompProgram {
    private static final int INSTRUCTION_BYTES = 8;

    private final byte[] instructions;
    private final int flags;

    SeccompProgram(byte[] instructions, int flags) {
        this.instructions = instructions;
        this.flags = flags;
    }

    /** {@return the flags that it is to be loaded with} */
    public int flags() {
        return flags;
    }

    /** {@return an array of {@code struct sock_filter}, a copy} */
    public byte[] toByteArray() {
        return instructions.clone();
    }

    /** {@return how many instructions it has} */
    public int instructionCount() {
        return instructions.length / INSTRUCTION_BYTES;
    }
}
