package io.demitasse.linux.security;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Runs a filter as the kernel would, and counts the steps: no privilege, no lost thread. */
final class ClassicBpfMachine {
    private final ByteBuffer code;
    private int steps;

    ClassicBpfMachine(SeccompProgram program) {
        code = ByteBuffer.wrap(program.toByteArray()).order(ByteOrder.nativeOrder());
    }

    /** {@return how many instructions the last call took} */
    int steps() {
        return steps;
    }

    /** {@return the action for a call, as in linux/seccomp.h} */
    int answer(int architecture, int number, long... arguments) {
        var data = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
        data.putInt(number).putInt(architecture).putLong(0);
        for (long argument : arguments) {
            data.putLong(argument);
        }
        int accumulator = 0;
        int at = 0;
        for (steps = 1; ; steps++) {
            int operation = code.getShort(at * 8);
            int operand = code.getInt(at * 8 + 4);
            switch (operation) {
                case 0x20 -> accumulator = data.getInt(operand);
                case 0x54 -> accumulator &= operand;
                case 0x05 -> at += operand;
                case 0x15 -> at += jump(at, accumulator == operand);
                case 0x25 -> at += jump(at, Integer.compareUnsigned(accumulator, operand) > 0);
                case 0x35 -> at += jump(at, Integer.compareUnsigned(accumulator, operand) >= 0);
                case 0x06 -> {
                    return operand;
                }
                default ->
                        throw new AssertionError("operation 0x" + Integer.toHexString(operation));
            }
            at++;
        }
    }

    private int jump(int at, boolean condition) {
        return Byte.toUnsignedInt(code.get(at * 8 + (condition ? 2 : 3)));
    }
}
