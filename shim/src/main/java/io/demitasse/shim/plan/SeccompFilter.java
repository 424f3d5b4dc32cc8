package io.demitasse.shim.plan;

import java.util.Arrays;

/** A compiled seccomp program: an array of {@code struct sock_filter}. */
public final class SeccompFilter {
    private static final int INSTRUCTION_BYTES = 8;

    /** BPF_MAXINSNS: the kernel refuses longer programs. */
    private static final int MAX_INSTRUCTIONS = 4096;

    private final byte[] bytes;
    private final int flags;

    private SeccompFilter(byte[] bytes, int flags) {
        this.bytes = bytes;
        this.flags = flags;
    }

    /** Copies a compiled program, to be loaded without flags. */
    public static SeccompFilter of(byte[] program) {
        return of(program, 0);
    }

    /** Copies a compiled program, to be loaded with these flags of seccomp(2). */
    public static SeccompFilter of(byte[] program, int flags) {
        if (program.length == 0
                || program.length % INSTRUCTION_BYTES != 0
                || program.length > MAX_INSTRUCTIONS * INSTRUCTION_BYTES) {
            throw new IllegalArgumentException("no seccomp program: " + program.length + " bytes");
        }
        return new SeccompFilter(program.clone(), flags);
    }

    /** {@return how many instructions it has} */
    public int instructions() {
        return bytes.length / INSTRUCTION_BYTES;
    }

    int flags() {
        return flags;
    }

    byte[] bytes() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SeccompFilter that
                && flags == that.flags
                && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return instructions()
                + " instructions"
                + (flags == 0 ? "" : ", flags %#x".formatted(flags));
    }
}
