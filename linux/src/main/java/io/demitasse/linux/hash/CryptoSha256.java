package io.demitasse.linux.hash;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/** That of libcrypto, which uses the processor's own instructions for it. */
final class CryptoSha256 implements Sha256 {
    private static final int HASH_BYTES = 32;

    private final CryptoCalls crypto;
    private long context;

    CryptoSha256(CryptoCalls crypto) {
        this.crypto = crypto;
        context = crypto.newContext();
        if (context == 0) {
            throw new OutOfMemoryError("EVP_MD_CTX_new() = NULL");
        }
        if (!crypto.beginSha256(context)) {
            close();
            throw new IllegalStateException("EVP_DigestInit_ex refuses SHA-256");
        }
    }

    @Override
    public void update(ByteBuffer bytes) {
        var segment = MemorySegment.ofBuffer(bytes);
        if (segment.isNative()) {
            check(crypto.update(open(), segment.address(), segment.byteSize()));
        } else {
            try (var arena = Arena.ofConfined()) {
                var copy = arena.allocate(Math.max(1, segment.byteSize())).copyFrom(segment);
                check(crypto.update(open(), copy.address(), segment.byteSize()));
            }
        }
        bytes.position(bytes.limit());
    }

    @Override
    public byte[] finish() {
        try (var arena = Arena.ofConfined()) {
            var hash = arena.allocate(HASH_BYTES);
            check(crypto.last(open(), hash.address()));
            return hash.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private long open() {
        if (context == 0) {
            throw new IllegalStateException("the hash is closed");
        }
        return context;
    }

    private static void check(boolean succeeded) {
        if (!succeeded) {
            throw new IllegalStateException("libcrypto cannot hash");
        }
    }

    @Override
    public void close() {
        if (context != 0) {
            crypto.freeContext(context);
            context = 0;
        }
    }
}
