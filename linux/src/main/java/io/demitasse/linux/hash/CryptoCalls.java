package io.demitasse.linux.hash;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.demitasse.linux.ffm.Kernel;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The functions of openssl/evp.h that we use, in its words.
 *
 * <p>One signature for all, as wide as the widest: linking a new shape costs milliseconds, and a C
 * function ignores register arguments it does not have.
 */
final class CryptoCalls {
    private static final String LIBRARY = "libcrypto.so.3";
    private static final FunctionDescriptor THREE_LONGS =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    private final MethodHandle newContext;
    private final MethodHandle freeContext;
    private final MethodHandle sha256;
    private final MethodHandle init;
    private final MethodHandle update;
    private final MethodHandle last;

    private CryptoCalls(SymbolLookup library) {
        newContext = Kernel.function(library, "EVP_MD_CTX_new", THREE_LONGS);
        freeContext = Kernel.function(library, "EVP_MD_CTX_free", THREE_LONGS);
        sha256 = Kernel.function(library, "EVP_sha256", THREE_LONGS);
        init = Kernel.function(library, "EVP_DigestInit_ex", THREE_LONGS);
        update = Kernel.function(library, "EVP_DigestUpdate", THREE_LONGS);
        last = Kernel.function(library, "EVP_DigestFinal_ex", THREE_LONGS);
    }

    /** Links the library, which may not be there. */
    private static final class Linked {
        static final Optional<CryptoCalls> CALLS = link();

        private Linked() {}

        private static Optional<CryptoCalls> link() {
            try {
                return Optional.of(new CryptoCalls(Kernel.library(LIBRARY)));
            } catch (IllegalArgumentException | java.util.NoSuchElementException missing) {
                return Optional.empty();
            }
        }
    }

    static Optional<CryptoCalls> link() {
        return Linked.CALLS;
    }

    /** {@return a context, or 0 if there is no memory} */
    long newContext() {
        return call(newContext, 0, 0, 0);
    }

    void freeContext(long context) {
        var _ = call(freeContext, context, 0, 0);
    }

    /** {@return whether it succeeded, as of the next two} */
    boolean beginSha256(long context) {
        return isOne(call(init, context, call(sha256, 0, 0, 0), 0));
    }

    boolean update(long context, long address, long bytes) {
        return isOne(call(update, context, address, bytes));
    }

    boolean last(long context, long address) {
        return isOne(call(last, context, address, 0));
    }

    /** "int": the upper half of the register is nobody's. */
    private static boolean isOne(long result) {
        return (int) result == 1;
    }

    private static long call(MethodHandle function, long a0, long a1, long a2) {
        try {
            return (long) function.invokeExact(a0, a1, a2);
        } catch (Throwable thrown) {
            throw Kernel.unreachable(thrown);
        }
    }
}
