package io.demitasse.linux.compression;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.demitasse.linux.ffm.Kernel;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** The functions of isa-l/igzip_lib.h that we use, in its words. */
final class IsalCalls {
    static final int ISAL_GZIP = 1;
    static final int ISAL_BLOCK_FINISH = 5;
    static final int ISAL_INVALID_BLOCK = -1;
    static final int ISAL_INVALID_SYMBOL = -2;
    static final int ISAL_INVALID_LOOKBACK = -3;
    static final int ISAL_INVALID_WRAPPER = -4;
    static final int ISAL_INCORRECT_CHECKSUM = -6;

    /** The tables between the first members and block_state are nobody's business but its own. */
    private static final long TABLES_BYTES = 21_120;

    static final StructLayout INFLATE_STATE =
            MemoryLayout.structLayout(
                    ADDRESS.withName("next_out"),
                    JAVA_INT.withName("avail_out"),
                    JAVA_INT.withName("total_out"),
                    ADDRESS.withName("next_in"),
                    JAVA_LONG.withName("read_in"),
                    JAVA_INT.withName("avail_in"),
                    JAVA_INT.withName("read_in_length"),
                    MemoryLayout.paddingLayout(TABLES_BYTES),
                    JAVA_INT.withName("block_state"),
                    JAVA_INT.withName("dict_length"),
                    JAVA_INT.withName("bfinal"),
                    JAVA_INT.withName("crc_flag"));

    /** What a state is given: the whole one is 87,368 bytes in 2.30, and may grow. */
    static final long STATE_BYTES = 1 << 18;

    private static final String LIBRARY = "libisal.so.2";
    private static final FunctionDescriptor THREE_LONGS =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    private final MethodHandle init;
    private final MethodHandle reset;
    private final MethodHandle inflate;

    private IsalCalls(SymbolLookup library) {
        init = Kernel.function(library, "isal_inflate_init", THREE_LONGS);
        reset = Kernel.function(library, "isal_inflate_reset", THREE_LONGS);
        inflate = Kernel.function(library, "isal_inflate", THREE_LONGS);
    }

    /** Links the library, which may not be there, or be of another shape. */
    private static final class Linked {
        static final Optional<IsalCalls> CALLS = link();

        private Linked() {}

        private static Optional<IsalCalls> link() {
            try {
                return Optional.of(new IsalCalls(Kernel.library(LIBRARY)))
                        .filter(GzipRehearsal::succeeds);
            } catch (IllegalArgumentException | java.util.NoSuchElementException missing) {
                return Optional.empty();
            }
        }
    }

    static Optional<IsalCalls> link() {
        return Linked.CALLS;
    }

    void init(MemorySegment state) {
        var _ = call(init, state);
    }

    void reset(MemorySegment state) {
        var _ = call(reset, state);
    }

    /** {@return an error if negative} */
    int inflate(MemorySegment state) {
        return (int) call(inflate, state); // "int": the upper half of the register is nobody's
    }

    static String errorName(int error) {
        return switch (error) {
            case ISAL_INVALID_BLOCK -> "invalid block";
            case ISAL_INVALID_SYMBOL -> "invalid symbol";
            case ISAL_INVALID_LOOKBACK -> "invalid distance";
            case ISAL_INVALID_WRAPPER -> "invalid header";
            case ISAL_INCORRECT_CHECKSUM -> "incorrect checksum";
            default -> "error " + error;
        };
    }

    private static long call(MethodHandle function, MemorySegment state) {
        try {
            return (long) function.invokeExact(state.address(), 0L, 0L);
        } catch (Throwable thrown) {
            throw Kernel.unreachable(thrown);
        }
    }
}
