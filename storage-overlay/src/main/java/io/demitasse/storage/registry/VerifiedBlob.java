package io.demitasse.storage.registry;

import io.demitasse.linux.hash.Sha256;
import io.demitasse.storage.progress.LayerMeter;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * Ends only where its descriptor says, after exactly the bytes that it names; else it throws.
 *
 * <p>Read by one thread at a time, closed by the last.
 */
final class VerifiedBlob implements ReadableByteChannel {
    private final ReadableByteChannel in;
    private final Descriptor descriptor;
    private final String where;
    private final LayerMeter meter;
    private final Sha256 hash = Sha256.begin();
    private long remaining;
    private boolean verified;

    VerifiedBlob(ReadableByteChannel in, Descriptor descriptor, String where, LayerMeter meter) {
        this.in = in;
        this.descriptor = descriptor;
        this.where = where;
        this.meter = meter;
        this.remaining = descriptor.sizeBytes();
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("reading " + descriptor);
        }
        if (!buffer.hasRemaining()) {
            return 0;
        }
        var bytes = buffer.duplicate();
        int count = in(buffer);
        if (count < 0) {
            end();
            return -1;
        }
        remaining -= count;
        if (remaining < 0) {
            throw corrupt("is longer than " + descriptor.sizeBytes() + " bytes");
        }
        hash.update(bytes.limit(bytes.position() + count));
        meter.unpacked(count);
        return count;
    }

    private int in(ByteBuffer buffer) throws IOException {
        try {
            return in.read(buffer);
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

    @Override
    public boolean isOpen() {
        return in.isOpen();
    }

    @Override
    public void close() throws IOException {
        hash.close();
        in.close();
    }
}
