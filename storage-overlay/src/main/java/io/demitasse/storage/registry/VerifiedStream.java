package io.demitasse.storage.registry;

import io.demitasse.storage.progress.LayerMeter;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.MessageDigest;

/** Ends only where its descriptor says, after exactly the bytes that it names; else it throws. */
final class VerifiedStream extends FilterInputStream {
    private final Descriptor descriptor;
    private final String where;
    private final LayerMeter meter;
    private final MessageDigest hash = Digest.sha256();
    private final byte[] skipped = new byte[1 << 13];
    private long remaining;
    private boolean verified;

    VerifiedStream(InputStream in, Descriptor descriptor, String where, LayerMeter meter) {
        super(in);
        this.descriptor = descriptor;
        this.where = where;
        this.meter = meter;
        this.remaining = descriptor.sizeBytes();
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("reading " + descriptor);
        }
        if (length == 0) {
            return 0;
        }
        int count = in(buffer, offset, length);
        if (count < 0) {
            end();
            return -1;
        }
        remaining -= count;
        if (remaining < 0) {
            throw corrupt("is longer than " + descriptor.sizeBytes() + " bytes");
        }
        hash.update(buffer, offset, count);
        meter.unpacked(count);
        return count;
    }

    private int in(byte[] buffer, int offset, int length) throws IOException {
        try {
            return in.read(buffer, offset, length);
        } catch (PullException | InterruptedIOException known) {
            throw known;
        } catch (IOException lost) {
            throw new PullException(
                    Reason.UNAVAILABLE,
                    "connection lost while reading " + descriptor.digest() + " from " + where,
                    lost);
        }
    }

    private void end() throws PullException {
        if (remaining > 0) {
            throw corrupt("ends " + remaining + " bytes before its end");
        }
        if (!verified) {
            var actual = Digest.of(hash);
            if (!actual.equals(descriptor.digest())) {
                throw corrupt("has the digest " + actual);
            }
            verified = true;
        }
    }

    private PullException corrupt(String how) {
        return new PullException(
                Reason.CORRUPT, "blob " + descriptor.digest() + " from " + where + " " + how);
    }

    /** More than nothing until the end: a gzip reader looks here for a further member. */
    @Override
    public int available() {
        return remaining > 0 ? 1 : 0;
    }

    @Override
    public long skip(long wanted) throws IOException {
        return Math.max(0, read(skipped, 0, (int) Math.min(wanted, skipped.length)));
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
