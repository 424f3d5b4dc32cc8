package io.demitasse.linux.hash;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The JDK's, which is always there. */
final class JdkSha256 implements Sha256 {
    private final MessageDigest hash;

    JdkSha256() {
        try {
            hash = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new AssertionError("every Java platform has SHA-256", missing);
        }
    }

    @Override
    public void update(ByteBuffer bytes) {
        hash.update(bytes);
    }

    @Override
    public byte[] finish() {
        return hash.digest();
    }

    @Override
    public void close() {
        hash.reset();
    }
}
