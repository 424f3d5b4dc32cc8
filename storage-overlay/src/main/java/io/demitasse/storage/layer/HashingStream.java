package io.demitasse.storage.layer;

import io.demitasse.storage.reference.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Hashes and counts what is read through it. Without mark, and skipping is reading. */
final class HashingStream extends FilterInputStream {
    private final MessageDigest hash = Digest.sha256();
    private final byte[] skipped = new byte[1 << 14];
    private final long maxBytes;
    private long bytes;

    HashingStream(InputStream in, long maxBytes) {
        super(in);
        this.maxBytes = maxBytes;
    }

    @Override
    public int read() throws IOException {
        int value = in.read();
        if (value >= 0) {
            count(1);
            hash.update((byte) value);
        }
        return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = in.read(buffer, offset, length);
        if (count > 0) {
            count(count);
            hash.update(buffer, offset, count);
        }
        return count;
    }

    private void count(int more) throws LayerException {
        bytes += more;
        if (bytes > maxBytes) {
            throw new LayerException("more than " + maxBytes + " bytes unpacked");
        }
    }

    @Override
    public long skip(long wanted) throws IOException {
        return Math.max(0, read(skipped, 0, (int) Math.min(wanted, skipped.length)));
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** {@return the digest of everything, what is left of it included} */
    Digest finish() throws IOException {
        while (read(skipped, 0, skipped.length) >= 0) {
            // hashing what follows the end of an archive is the purpose
        }
        return Digest.of(hash);
    }
}
