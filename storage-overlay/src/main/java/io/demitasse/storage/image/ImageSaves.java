package io.demitasse.storage.image;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.storage.layer.LayerException;
import io.demitasse.storage.layer.TarWriter;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.Descriptor;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Writes images as one OCI layout in a tar, which skopeo, umoci, containerd and {@code load} read.
 *
 * <p>What two images share is in it once. The images' layers stay until it is written.
 */
public final class ImageSaves {
    private static final int SPOOL_PERMISSIONS = 0600;
    private static final String OCI_LAYOUT = "{\"imageLayoutVersion\":\"1.0.0\"}";

    private final ImageStore images;

    /**
     * An image and what it is called in the layout.
     *
     * @param name normalised, or empty
     */
    public record Saved(Image image, String name) {}

    /** Saves images of this store. */
    public ImageSaves(ImageStore images) {
        this.images = images;
    }

    /** Writes the tar, and does not close what it is written to. */
    public void save(List<Saved> wanted, OutputStream out) throws PullException {
        var holder = "save-" + UUID.randomUUID();
        Set<String> held = new HashSet<>();
        try {
            try {
                for (var each : wanted) {
                    images.hold(each.image().id(), holder);
                    held.add(each.image().id());
                }
                new Layout(images.parts(), new TarWriter(out)).write(wanted);
            } finally {
                for (var id : held) {
                    images.release(id, holder);
                }
            }
        } catch (LayerException damaged) {
            throw new PullException(
                    Reason.CORRUPT, "cannot save: " + damaged.getMessage(), damaged);
        } catch (PullException known) {
            throw known;
        } catch (IOException failure) {
            throw new PullException(Reason.STORAGE, "cannot save", failure);
        }
    }

    /** One tar. */
    private final class Layout {
        private final StoreParts store;
        private final TarWriter tar;
        private final Set<Digest> written = new HashSet<>();
        private final Map<Digest, LayerBlob> rebuiltBlobs = new HashMap<>();

        Layout(StoreParts store, TarWriter tar) {
            this.store = store;
            this.tar = tar;
        }

        void write(List<Saved> wanted) throws IOException {
            tar.file("oci-layout", OCI_LAYOUT.getBytes(StandardCharsets.UTF_8));
            tar.directory("blobs");
            tar.directory("blobs/sha256");
            var manifests = new JsonArray();
            for (var each : wanted) {
                manifests.add(image(each));
            }
            var index = new JsonObject();
            index.addProperty("schemaVersion", 2);
            index.addProperty("mediaType", "application/vnd.oci.image.index.v1+json");
            index.add("manifests", manifests);
            tar.file("index.json", index.toString().getBytes(StandardCharsets.UTF_8));
            tar.finish();
        }

        private JsonObject image(Saved saved) throws IOException {
            var record = images.record(saved.image());
            var documents = ImageDocuments.of(store, record);
            var rebuilt = new HashMap<Integer, LayerBlob>();
            for (int i = 0; i < documents.layers().size(); i++) {
                var descriptor = documents.layers().get(i);
                if (rebuiltBlobs.containsKey(descriptor.digest())) {
                    rebuilt.put(i, rebuiltBlobs.get(descriptor.digest()));
                } else if (!written.contains(descriptor.digest())) {
                    var blob = new LayerBlob(store, record, descriptor);
                    layer(blob);
                    if (blob.isRebuilt()) {
                        rebuilt.put(i, blob);
                        rebuiltBlobs.put(descriptor.digest(), blob);
                    }
                }
            }
            document(documents.configDescriptor().digest(), documents.config());
            var manifest = documents.manifestWith(rebuilt);
            var digest = Digest.of(manifest);
            document(digest, manifest);
            return entry(
                    new Descriptor(documents.mediaType(), digest, manifest.length), saved.name());
        }

        private JsonObject entry(Descriptor manifest, String name) {
            var entry = new JsonObject();
            entry.addProperty("mediaType", manifest.mediaType());
            entry.addProperty("digest", manifest.digest().toString());
            entry.addProperty("size", manifest.sizeBytes());
            if (!name.isEmpty()) {
                var annotations = new JsonObject();
                annotations.addProperty("io.containerd.image.name", name);
                annotations.addProperty("org.opencontainers.image.ref.name", name);
                entry.add("annotations", annotations);
            }
            return entry;
        }

        private void document(Digest digest, byte[] content) throws IOException {
            if (written.add(digest)) {
                tar.file(path(digest), content);
            }
        }

        private void layer(LayerBlob blob) throws IOException {
            try {
                blob.choose();
                if (blob.isRebuilt()) {
                    spool(blob);
                } else {
                    var descriptor = blob.descriptor();
                    try (var content = blob.open()) {
                        tar.file(path(descriptor.digest()), descriptor.sizeBytes(), content);
                    }
                    written.add(descriptor.digest());
                }
            } finally {
                blob.close();
            }
        }

        /** A tar says how long a file is before the file, and here nobody knows. */
        private void spool(LayerBlob blob) throws IOException {
            var directory = store.trash().directory();
            var name = "save-" + UUID.randomUUID();
            var how = OpenHow.READ_WRITE.create(SPOOL_PERMISSIONS).exclusive().noFollow();
            try (var file = directory.openFile(name, how)) {
                directory.unlink(name);
                spool(blob, file);
            }
        }

        private void spool(LayerBlob blob, FileFd file) throws IOException {
            var buffer = new byte[1 << 16];
            try (var content = blob.open()) {
                for (int count; (count = content.read(buffer, 0, buffer.length)) >= 0; ) {
                    file.write(java.nio.ByteBuffer.wrap(buffer, 0, count).slice());
                }
            }
            if (written.add(blob.finalDigest())) {
                tar.file(path(blob.finalDigest()), blob.finalBytes(), new FromStart(file));
            }
        }

        private String path(Digest digest) {
            return "blobs/sha256/" + digest.hex();
        }
    }

    /** Reads a file that was just written. */
    private static final class FromStart extends java.io.InputStream {
        private final FileFd file;
        private long position;

        FromStart(FileFd file) {
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = file.read(java.nio.ByteBuffer.wrap(buffer, offset, length), position);
            position += Math.max(0, count);
            return count;
        }
    }
}
