package io.demitasse.linux.cgroup;

import static io.demitasse.linux.SyscallException.check;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Memory for reading statistics files, used again for each file of a sweep over many groups.
 *
 * <p><b>Threads.</b> Belongs to the thread that made it.
 */
public final class StatsBuffer implements AutoCloseable {
    /** memory.stat has about 60 lines and 2 kB; a file that is longer is read in part. */
    private static final int BYTES = 16 * 1024;

    private final Arena arena = Arena.ofConfined();
    private final CallState state = CallState.in(arena);
    private final MemorySegment memory = arena.allocate(BYTES);
    private final byte[] bytes = new byte[BYTES];
    private int length;

    /** Fills the buffer with the file as it is now. */
    void fill(Fd file) throws SyscallException {
        length =
                check(CgroupSyscalls.pread64(state, file.number(), memory, 0), "pread64(%s)", file);
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, bytes, 0, length);
    }

    /** {@return the number that is the whole file} */
    long number() {
        return numberAt(0);
    }

    /**
     * Looks lines {@code key number} up.
     *
     * @return the numbers in the order of the keys, 0 for a key that is not there
     */
    long[] numbers(byte[]... keys) {
        var numbers = new long[keys.length];
        for (int line = 0; line < length; line = next(line)) {
            for (int i = 0; i < keys.length; i++) {
                if (startsWith(line, keys[i])) {
                    numbers[i] = numberAt(line + keys[i].length + 1);
                    break;
                }
            }
        }
        return numbers;
    }

    private boolean startsWith(int line, byte[] key) {
        int end = line + key.length;
        return end < length
                && bytes[end] == ' '
                && Arrays.equals(bytes, line, end, key, 0, key.length);
    }

    private int next(int line) {
        int end = line;
        while (end < length && bytes[end] != '\n') {
            end++;
        }
        return end + 1;
    }

    private long numberAt(int start) {
        long number = 0;
        for (int i = start; i < length && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            number = number * 10 + (bytes[i] - '0');
        }
        return number;
    }

    @Override
    public void close() {
        arena.close();
    }
}
