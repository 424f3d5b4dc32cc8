package io.demitasse.linux.ffm;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The only class that talks to the linker.
 *
 * <p>Every system call goes through {@code syscall(2)} with one all-long signature: the first use
 * of a signature costs milliseconds of linking, so there is one. Pointers are passed as addresses;
 * the arena that owns them must stay open until the call returns, which a try-with-resources around
 * the call guarantees.
 */
@SuppressWarnings("restricted") // linking native code is what this class is for
public final class Kernel {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
    private static final MethodHandle SYSCALL =
            LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                            JAVA_LONG, JAVA_LONG),
                    CAPTURE_ERRNO,
                    Linker.Option.firstVariadicArg(1));

    private Kernel() {}

    /** {@return what system call {@code number} returned, or a negated errno} */
    public static long call(
            CallState state, long number, long a0, long a1, long a2, long a3, long a4, long a5) {
        try {
            return state.valueOrNegatedErrno(
                    (long) SYSCALL.invokeExact(state.segment(), number, a0, a1, a2, a3, a4, a5));
        } catch (Throwable thrown) {
            throw unreachable(thrown);
        }
    }

    /** As above, with five arguments. */
    public static long call(
            CallState state, long number, long a0, long a1, long a2, long a3, long a4) {
        return call(state, number, a0, a1, a2, a3, a4, 0);
    }

    /** As above, with four arguments. */
    public static long call(CallState state, long number, long a0, long a1, long a2, long a3) {
        return call(state, number, a0, a1, a2, a3, 0, 0);
    }

    /** As above, with three arguments. */
    public static long call(CallState state, long number, long a0, long a1, long a2) {
        return call(state, number, a0, a1, a2, 0, 0, 0);
    }

    /** As above, with two arguments. */
    public static long call(CallState state, long number, long a0, long a1) {
        return call(state, number, a0, a1, 0, 0, 0, 0);
    }

    /** As above, with one argument. */
    public static long call(CallState state, long number, long a0) {
        return call(state, number, a0, 0, 0, 0, 0, 0);
    }

    /** As above, without arguments. */
    public static long call(CallState state, long number) {
        return call(state, number, 0, 0, 0, 0, 0, 0);
    }

    /**
     * Opens a shared library by soname or path, for the life of the process.
     *
     * @throws IllegalArgumentException if there is no such library
     */
    public static SymbolLookup library(String name) {
        return name.startsWith("/")
                ? SymbolLookup.libraryLookup(Path.of(name), java.lang.foreign.Arena.global())
                : SymbolLookup.libraryLookup(name, java.lang.foreign.Arena.global());
    }

    /** Links a library function that reports failure by its return value alone. */
    public static MethodHandle function(
            SymbolLookup library, String name, FunctionDescriptor signature) {
        return LINKER.downcallHandle(library.findOrThrow(name), signature);
    }

    /** Gives a zero-length segment that native code returned its true size. */
    public static MemorySegment sized(MemorySegment returned, long bytes) {
        return returned.reinterpret(bytes);
    }

    /** Downcalls throw nothing of their own: whatever arrives here is a bug in a binding. */
    public static AssertionError unreachable(Throwable thrown) {
        return new AssertionError("downcall failed in Java code", thrown);
    }
}
