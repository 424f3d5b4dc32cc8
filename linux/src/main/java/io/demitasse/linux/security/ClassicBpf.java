package io.demitasse.linux.security;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes classic BPF from its end to its start, because jumps go forwards only: what an instruction
 * jumps to is there before it.
 *
 * <p>A place is the number of an instruction, counted from the end. Equal instructions that go to
 * equal places are one.
 */
final class ClassicBpf {
    // code of sock_filter
    private static final int LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private static final int AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
    private static final int JUMP = 0x05; // BPF_JMP | BPF_JA
    private static final int JUMP_IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private static final int JUMP_IF_GREATER = 0x25; // BPF_JMP | BPF_JGT | BPF_K
    private static final int JUMP_IF_GREATER_OR_EQUAL = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    private static final int RETURN = 0x06; // BPF_RET | BPF_K

    private static final int INSTRUCTION_BYTES = 8;
    private static final int MAX_INSTRUCTIONS = 4096;

    /** Offsets of conditional jumps have eight bits. */
    private static final int REACH = 255;

    private static final int NOWHERE = -1;

    private final List<Instruction> backwards = new ArrayList<>();
    private final Map<Instruction, Integer> places = new HashMap<>();

    private record Instruction(int code, int operand, int whenTrue, int whenFalse) {}

    int answer(int value) {
        return write(new Instruction(RETURN, value, NOWHERE, NOWHERE));
    }

    int load(int offset, int next) {
        return writeBefore(LOAD_WORD, offset, next);
    }

    int and(int mask, int next) {
        return writeBefore(AND, mask, next);
    }

    int ifEqual(int value, int whenTrue, int whenFalse) {
        return branch(JUMP_IF_EQUAL, value, whenTrue, whenFalse);
    }

    int ifGreater(int value, int whenTrue, int whenFalse) {
        return branch(JUMP_IF_GREATER, value, whenTrue, whenFalse);
    }

    int ifGreaterOrEqual(int value, int whenTrue, int whenFalse) {
        return branch(JUMP_IF_GREATER_OR_EQUAL, value, whenTrue, whenFalse);
    }

    /** {@return the program that starts with what was written last, an array of sock_filter} */
    byte[] toProgram() {
        int count = backwards.size();
        if (count > MAX_INSTRUCTIONS) {
            throw new IllegalStateException(count + " instructions, the kernel takes 4096");
        }
        var program = ByteBuffer.allocate(count * INSTRUCTION_BYTES).order(ByteOrder.nativeOrder());
        for (int place = count - 1; place >= 0; place--) {
            var instruction = backwards.get(place);
            boolean conditional = instruction.whenFalse() != NOWHERE;
            int operand = instruction.operand();
            if (instruction.code() == JUMP) {
                operand = distance(place, instruction.whenTrue());
            }
            program.putShort((short) instruction.code());
            program.put((byte) (conditional ? distance(place, instruction.whenTrue()) : 0));
            program.put((byte) (conditional ? distance(place, instruction.whenFalse()) : 0));
            program.putInt(operand);
        }
        return program.array();
    }

    private int branch(int code, int value, int whenTrue, int whenFalse) {
        if (whenTrue == whenFalse) {
            return whenTrue;
        }
        var known = places.get(new Instruction(code, value, whenTrue, whenFalse));
        if (known != null) {
            return known;
        }
        // bringing the second near moves the first away by one instruction
        int nearFalse = near(whenFalse, REACH - 1);
        int nearTrue = near(whenTrue, REACH);
        return write(new Instruction(code, value, nearTrue, nearFalse));
    }

    /** Instructions without a jump go on with the one behind them. */
    private int writeBefore(int code, int operand, int next) {
        var instruction = new Instruction(code, operand, next, NOWHERE);
        var known = places.get(instruction);
        if (known != null) {
            return known;
        }
        near(next, 0);
        int place = append(instruction);
        places.put(instruction, place);
        return place;
    }

    /** {@return a place within reach that does the same} */
    private int near(int place, int reach) {
        if (distance(backwards.size(), place) <= reach) {
            return place;
        }
        var target = backwards.get(place);
        return target.code() == RETURN
                ? append(target)
                : append(new Instruction(JUMP, 0, place, NOWHERE));
    }

    private int write(Instruction instruction) {
        return places.computeIfAbsent(instruction, this::append);
    }

    private int append(Instruction instruction) {
        backwards.add(instruction);
        return backwards.size() - 1;
    }

    private static int distance(int from, int to) {
        return from - to - 1;
    }
}
