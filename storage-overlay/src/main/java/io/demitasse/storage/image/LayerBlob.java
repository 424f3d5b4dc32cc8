package io.demitasse.storage.image;

import io.demitasse.linux.hash.Sha256;
import io.demitasse.storage.layer.GzipArchive;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.Descriptor;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import io.demitasse.storage.registry.RegistryTarget;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The compressed form of a layer, which the store does not keep.
 *
 * <p>It is fetched again from a repository that the image has a name in, and passed on as it comes,
 * verified. Where nobody has it any more the archive is rebuilt from the layer; if it was
 * compressed its blob then has a digest of its own, which is known at the end.
 *
 * <p>Belongs to one thread.
 */
final class LayerBlob implements RegistryTarget.Blob {
    private final StoreParts store;
    private final SourceBlobs sources;
    private final LayerRecord layer;
    private final Descriptor descriptor;
    private @Nullable InputStream opened; // by choosing, and not yet taken
    private boolean rebuilt;
    private @Nullable Digest rebuiltDigest;
    private long rebuiltBytes;

    LayerBlob(StoreParts store, ImageRecord record, Descriptor descriptor) throws PullException {
        this.store = store;
        this.sources = new SourceBlobs(store, record);
        this.layer =
                record.layers().stream()
                        .filter(each -> each.blob().equals(descriptor.digest()))
                        .findFirst()
                        .orElseThrow(() ->
                                new PullException(
                                        Reason.CORRUPT,
                                        "no layer here is of blob " + descriptor.digest()));
        this.descriptor = descriptor;
    }

    Descriptor descriptor() {
        return descriptor;
    }

    /** Finds out where it is to be had, and whether with its own digest. */
    void choose() throws IOException {
        if (opened == null && !rebuilt) {
            opened = find();
        }
    }

    private InputStream find() throws IOException {
        boolean plain = descriptor.digest().equals(layer.diffId());
        if (plain) {
            var archive = store.layers().rebuild(layer.chain(), layer.diffId());
            if (archive.isPresent()) {
                return archive.get();
            }
        }
        var fetched = sources.open(descriptor);
        if (fetched.isPresent()) {
            return fetched.get();
        }
        var archive = store.layers().rebuild(layer.chain(), layer.diffId());
        if (archive.isEmpty()) {
            throw sources.unavailable(descriptor);
        }
        rebuilt = true;
        return compressed(archive.get());
    }

    private InputStream compressed(InputStream archive) {
        return new Counted(new GzipArchive(archive));
    }

    private final class Counted extends FilterInputStream {
        private final Sha256 hash = Sha256.begin();
        private long bytes;

        Counted(InputStream in) {
            super(in);
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
                bytes += count;
            } else if (count < 0 && rebuiltDigest == null) {
                rebuiltDigest = Digest.of(hash);
                rebuiltBytes = bytes;
            }
            return count;
        }

        @Override
        public void close() throws IOException {
            try (hash) {
                super.close();
            }
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }

    /** {@return whether its digest is not the one that the manifest has} */
    boolean isRebuilt() {
        return rebuilt;
    }

    @Override
    public Optional<Digest> digest() {
        return rebuilt ? Optional.empty() : Optional.of(descriptor.digest());
    }

    @Override
    public Digest finalDigest() {
        if (!rebuilt) {
            return descriptor.digest();
        }
        if (rebuiltDigest == null) {
            throw new IllegalStateException("the blob was not read to its end");
        }
        return rebuiltDigest;
    }

    long finalBytes() {
        return rebuilt ? rebuiltBytes : descriptor.sizeBytes();
    }

    @Override
    public InputStream open() throws IOException {
        rebuiltDigest = null;
        var first = opened;
        opened = null;
        return first != null ? first : find();
    }

    /** Lets go of what was chosen and not read. */
    void close() throws IOException {
        if (opened != null) {
            opened.close();
            opened = null;
        }
    }

    @Override
    public String toString() {
        return "blob " + descriptor.digest() + (rebuilt ? " (rebuilt)" : "");
    }
}
