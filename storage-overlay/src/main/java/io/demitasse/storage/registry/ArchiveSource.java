package io.demitasse.storage.registry;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.linux.file.RegularFile;
import io.demitasse.linux.hash.Sha256;
import io.demitasse.linux.io.NativeBuffers;
import io.demitasse.storage.progress.LayerMeter;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An image of a docker-archive: a directory with {@code manifest.json}, a config and layers.
 *
 * <p>It has no digests but those in its config, so content is hashed first and a manifest made up.
 */
public final class ArchiveSource implements ImageSource {
    private static final String MANIFEST = "manifest.json";
    private static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
    private static final int BUFFER_BYTES = 1 << 16;

    private final DirectoryFd directory;
    private final String where;
    private final JsonDocument image;
    private final Map<Digest, String> paths = new HashMap<>();

    private ArchiveSource(DirectoryFd directory, String where, JsonDocument image) {
        this.directory = directory;
        this.where = where;
        this.image = image;
    }

    /** Borrows the directory; {@return the images of the archive, which is never none} */
    public static List<ArchiveSource> open(DirectoryFd directory, String where)
            throws PullException {
        try (var file = RegularFile.open(directory, MANIFEST, OpenHow.READ)) {
            var content = file.readAll(ManifestChoice.MAX_MANIFEST_BYTES);
            var wrapped = "{\"images\":" + new String(content, StandardCharsets.UTF_8) + "}";
            var list =
                    JsonDocument.parse(
                            wrapped.getBytes(StandardCharsets.UTF_8), MANIFEST + " of " + where);
            var images = list.objects("images");
            if (images.isEmpty()) {
                throw new PullException(Reason.NOT_FOUND, where + " has no images");
            }
            return images.stream().map(each -> new ArchiveSource(directory, where, each)).toList();
        } catch (SyscallException refused) {
            var reason = refused.is(Errno.ENOENT) ? Reason.NOT_FOUND : Reason.STORAGE;
            throw new PullException(
                    reason, where + " is neither an OCI layout nor a docker-archive", refused);
        }
    }

    /** {@return the names that the archive gives its image} */
    public List<String> names() throws PullException {
        return image.texts("RepoTags");
    }

    @Override
    public ResolvedImage resolve(Platform platform) throws PullException {
        var config = describe(image.text("Config").orElse(""), OCI_CONFIG);
        var layers = new ArrayList<Descriptor>();
        for (var path : image.texts("Layers")) {
            layers.add(describe(path, OCI_LAYER));
        }
        var listed = layers.stream().map(ArchiveSource::json).collect(Collectors.joining(","));
        var json =
                "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
                        .formatted(OCI_MANIFEST, json(config), listed);
        var digest = Digest.of(json);
        return new ResolvedImage(digest, new Manifest(digest, json, config, layers, ""));
    }

    private static String json(Descriptor descriptor) {
        return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
                .formatted(descriptor.mediaType(), descriptor.digest(), descriptor.sizeBytes());
    }

    private Descriptor describe(String path, String mediaType) throws PullException {
        long size = 0;
        Digest digest;
        try (var in = stream(path);
                var hash = Sha256.begin();
                var memory = new NativeBuffers()) {
            var buffer = memory.allocate(BUFFER_BYTES);
            while (in.read(buffer.clear()) >= 0) {
                size += buffer.flip().remaining();
                hash.update(buffer);
            }
            digest = Digest.of(hash);
        } catch (IOException lost) {
            throw unreadable(path, lost);
        }
        paths.put(digest, path);
        return new Descriptor(mediaType, digest, size);
    }

    private BlobFile stream(String path) throws SyscallException {
        return new BlobFile(RegularFile.open(directory, path, OpenHow.READ));
    }

    @Override
    public ReadableByteChannel open(Descriptor descriptor, LayerMeter meter) throws PullException {
        var path = paths.getOrDefault(descriptor.digest(), "");
        try {
            meter.begin(descriptor.sizeBytes());
            return new VerifiedBlob(stream(path), descriptor, where, meter);
        } catch (SyscallException refused) {
            throw unreadable(path, refused);
        }
    }

    private PullException unreadable(String path, IOException cause) {
        return new PullException(
                Reason.NOT_FOUND, "cannot read \"" + path + "\" of " + where, cause);
    }
}
