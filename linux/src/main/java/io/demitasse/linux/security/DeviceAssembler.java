package io.demitasse.linux.security;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Assembles extended BPF that decides about one access to a device.
 *
 * <p>The kernel passes {@code struct bpf_cgroup_dev_ctx} in r1: access bits above the type in one
 * word, then major and minor. The program returns 1 to allow.
 */
final class DeviceAssembler {
    private static final int INSTRUCTION_BYTES = 8;
    private static final int LONGEST_RULE = 8;
    private static final int FRAME = 8;

    // code of bpf_insn
    private static final int LOAD_WORD = 0x61; // BPF_LDX | BPF_MEM | BPF_W
    private static final int AND_IMMEDIATE = 0x54; // BPF_ALU | BPF_AND | BPF_K
    private static final int SHIFT_RIGHT_IMMEDIATE = 0x74; // BPF_ALU | BPF_RSH | BPF_K
    private static final int MOVE = 0xbc; // BPF_ALU | BPF_MOV | BPF_X
    private static final int MOVE_IMMEDIATE = 0xb7; // BPF_ALU64 | BPF_MOV | BPF_K
    private static final int JUMP_UNLESS_EQUAL_IMMEDIATE = 0x56; // BPF_JMP32 | BPF_JNE | BPF_K
    private static final int EXIT = 0x95; // BPF_JMP | BPF_EXIT

    // offsets in struct bpf_cgroup_dev_ctx
    private static final int ACCESS_TYPE = 0;
    private static final int MAJOR = 4;
    private static final int MINOR = 8;

    private static final int RESULT = 0;
    private static final int CONTEXT = 1;
    private static final int TYPE = 2;
    private static final int ACCESS = 3;
    private static final int MAJOR_NUMBER = 4;
    private static final int MINOR_NUMBER = 5;
    private static final int SCRATCH = 0;

    private final ByteBuffer code;

    private DeviceAssembler(int rules) {
        code =
                ByteBuffer.allocate((FRAME + rules * LONGEST_RULE) * INSTRUCTION_BYTES)
                        .order(ByteOrder.nativeOrder());
    }

    /** {@return the program of a policy, an array of {@code struct bpf_insn}} */
    static byte[] assemble(DevicePolicy policy) {
        var assembler = new DeviceAssembler(policy.rules().size());
        assembler.load();
        policy.rules().forEach(assembler::allow);
        assembler.result(policy.isUnrestricted() ? 1 : 0);
        var program = new byte[assembler.code.position()];
        assembler.code.flip().get(program);
        return program;
    }

    private void load() {
        put(LOAD_WORD, TYPE, CONTEXT, ACCESS_TYPE, 0);
        put(AND_IMMEDIATE, TYPE, 0, 0, 0xffff);
        put(LOAD_WORD, ACCESS, CONTEXT, ACCESS_TYPE, 0);
        put(SHIFT_RIGHT_IMMEDIATE, ACCESS, 0, 0, 16);
        put(LOAD_WORD, MAJOR_NUMBER, CONTEXT, MAJOR, 0);
        put(LOAD_WORD, MINOR_NUMBER, CONTEXT, MINOR, 0);
    }

    /** Tests what the rule restricts; each test that fails jumps behind the rule. */
    private void allow(DevicePolicy.Rule rule) {
        boolean someAccess = !rule.access().equals(DevicePolicy.Access.ALL);
        int left = 2;
        left += rule.minor().isPresent() ? 1 : 0;
        left += rule.major().isPresent() ? 1 : 0;
        left += someAccess ? 3 : 0;
        put(JUMP_UNLESS_EQUAL_IMMEDIATE, TYPE, 0, left, rule.type().number());
        if (someAccess) {
            // an open for reading and writing asks for both bits: none may be outside the rule's
            put(MOVE, SCRATCH, ACCESS, 0, 0);
            put(AND_IMMEDIATE, SCRATCH, 0, 0, ~rule.access().bits());
            left -= 3;
            put(JUMP_UNLESS_EQUAL_IMMEDIATE, SCRATCH, 0, left, 0);
        }
        if (rule.major().isPresent()) {
            left--;
            put(JUMP_UNLESS_EQUAL_IMMEDIATE, MAJOR_NUMBER, 0, left, rule.major().getAsInt());
        }
        if (rule.minor().isPresent()) {
            left--;
            put(JUMP_UNLESS_EQUAL_IMMEDIATE, MINOR_NUMBER, 0, left, rule.minor().getAsInt());
        }
        result(1);
    }

    private void result(int value) {
        put(MOVE_IMMEDIATE, RESULT, 0, 0, value);
        put(EXIT, 0, 0, 0, 0);
    }

    private void put(int operation, int destination, int source, int offset, int immediate) {
        code.put((byte) operation);
        boolean little = code.order() == ByteOrder.LITTLE_ENDIAN;
        code.put((byte) (little ? source << 4 | destination : destination << 4 | source));
        code.putShort((short) offset).putInt(immediate);
    }
}
