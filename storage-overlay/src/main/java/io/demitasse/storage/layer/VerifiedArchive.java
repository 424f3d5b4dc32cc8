package io.demitasse.storage.layer;

import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.hash.Sha256;
import io.demitasse.storage.reference.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A rebuilt archive that ends only if it has the layer's digest. */
final class VerifiedArchive extends FilterInputStream {
    private final DirectoryFd diff;
    private final Digest diffId;
    private final Sha256 hash = Sha256.begin();
    private boolean verified;

    /** Takes ownership of both. */
    VerifiedArchive(FileFd skeleton, DirectoryFd diff, Digest diffId) throws IOException {
        super(new RebuiltArchive(skeleton, diff, VerifiedArchive::refuse));
        this.diff = diff;
        this.diffId = diffId;
    }

    private static void refuse(LayerPath path, String what) throws LayerException {
        throw new LayerException(
                "file " + path + " of a layer " + what + ": `demitasse image check` says more");
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = in.read(buffer, offset, length);
        if (count > 0) {
            hash.update(ByteBuffer.wrap(buffer, offset, count));
        } else if (count < 0 && !verified) {
            var actual = Digest.of(hash);
            if (!actual.equals(diffId)) {
                throw new LayerException("a layer is now " + actual + ", not " + diffId);
            }
            verified = true;
        }
        return count;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    @Override
    public void close() throws IOException {
        try (diff;
                hash) {
            in.close();
        }
    }
}
