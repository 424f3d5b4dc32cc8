package io.demitasse.linux.compression;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.demitasse.linux.ffm.Kernel;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The functions of zstd.h that we use, in its words.
 *
 * <p>One signature for all, as wide as the widest: linking a new shape costs milliseconds, and a C
 * function ignores register arguments it does not have.
 */
final class ZstdCalls {
    static final StructLayout ZSTD_inBuffer =
            MemoryLayout.structLayout(
                    ADDRESS.withName("src"), JAVA_LONG.withName("size"), JAVA_LONG.withName("pos"));

    static final StructLayout ZSTD_outBuffer =
            MemoryLayout.structLayout(
                    ADDRESS.withName("dst"), JAVA_LONG.withName("size"), JAVA_LONG.withName("pos"));

    // ZSTD_dParameter
    private static final long ZSTD_d_windowLogMax = 100;

    private static final String LIBRARY = "libzstd.so.1";
    private static final int MAX_ERROR_NAME_BYTES = 256;
    private static final FunctionDescriptor THREE_LONGS =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    private final MethodHandle createDCtx;
    private final MethodHandle freeDCtx;
    private final MethodHandle setParameter;
    private final MethodHandle decompressStream;
    private final MethodHandle isError;
    private final MethodHandle getErrorName;

    private ZstdCalls(SymbolLookup library) {
        createDCtx = Kernel.function(library, "ZSTD_createDCtx", THREE_LONGS);
        freeDCtx = Kernel.function(library, "ZSTD_freeDCtx", THREE_LONGS);
        setParameter = Kernel.function(library, "ZSTD_DCtx_setParameter", THREE_LONGS);
        decompressStream = Kernel.function(library, "ZSTD_decompressStream", THREE_LONGS);
        isError = Kernel.function(library, "ZSTD_isError", THREE_LONGS);
        getErrorName = Kernel.function(library, "ZSTD_getErrorName", THREE_LONGS);
    }

    /** Links the library, which may not be there. */
    private static final class Linked {
        static final ZstdCalls CALLS = new ZstdCalls(Kernel.library(LIBRARY));

        private Linked() {}
    }

    static ZstdCalls link() throws IOException {
        try {
            return Linked.CALLS;
        } catch (ExceptionInInitializerError | NoClassDefFoundError missing) {
            throw new IOException(LIBRARY + " is not installed", missing);
        }
    }

    /** {@return a context, or 0 if there is no memory} */
    long createDCtx() {
        return call(createDCtx, 0, 0, 0);
    }

    void freeDCtx(long context) {
        var _ = call(freeDCtx, context, 0, 0);
    }

    /** {@return 0 or an error} */
    long limitWindow(long context, int log) {
        return call(setParameter, context, ZSTD_d_windowLogMax, log);
    }

    /** {@return 0 at the end of a frame, a hint of what is still wanted, or an error} */
    long decompressStream(long context, MemorySegment output, MemorySegment input) {
        return call(decompressStream, context, output.address(), input.address());
    }

    boolean isError(long result) {
        // "unsigned": the upper half of the register is nobody's
        return (int) call(isError, result, 0, 0) != 0;
    }

    String errorName(long result) {
        long name = call(getErrorName, result, 0, 0);
        return Kernel.sized(MemorySegment.ofAddress(name), MAX_ERROR_NAME_BYTES).getString(0);
    }

    private static long call(MethodHandle function, long a0, long a1, long a2) {
        try {
            return (long) function.invokeExact(a0, a1, a2);
        } catch (Throwable thrown) {
            throw Kernel.unreachable(thrown);
        }
    }
}
