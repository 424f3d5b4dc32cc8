package io.demitasse.linux.hash;

import java.nio.ByteBuffer;

/**
 * A running SHA-256.
 *
 * {@snippet :
 * try (var hash = Sha256.begin()) {
 *     hash.update(buffer);
 *     var digest = hash.finish();
 * }
 * }
 */
public sealed interface Sha256 extends AutoCloseable permits CryptoSha256, JdkSha256 {
    /** {@return a new one, by the fastest means that there are} */
    static Sha256 begin() {
        return CryptoCalls.link().<Sha256>map(CryptoSha256::new).orElseGet(JdkSha256::new);
    }

    /** Hashes all that remains in a buffer, moving its position; a direct one is not copied. */
    void update(ByteBuffer bytes);

    /** {@return the hash of everything; nothing more can be added} */
    byte[] finish();

    @Override
    void close();
}
