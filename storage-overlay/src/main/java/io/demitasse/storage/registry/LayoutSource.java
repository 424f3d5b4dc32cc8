package io.demitasse.storage.registry;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.linux.file.RegularFile;
import io.demitasse.storage.progress.LayerMeter;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * The image of an OCI layout: a directory with {@code index.json} and {@code blobs}.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">OCI image
 *     layout</a>
 */
public final class LayoutSource implements ImageSource {
    /** The file that makes a directory a layout. */
    public static final String INDEX = "index.json";

    private static final String REFERENCE_NAME = "org.opencontainers.image.ref.name";
    private static final String CONTAINERD_NAME = "io.containerd.image.name";

    private final DirectoryFd directory;
    private final String where;
    private final List<JsonDocument> chosen; // empty: all that the index has

    /** Borrows the directory, from which nothing outside of it is read. */
    public LayoutSource(DirectoryFd directory, String where) {
        this(directory, where, List.of());
    }

    private LayoutSource(DirectoryFd directory, String where, List<JsonDocument> chosen) {
        this.directory = directory;
        this.where = where;
        this.chosen = chosen;
    }

    /** {@return the images one by one if each has a name of its own, else the one that all are} */
    public List<LayoutSource> images() throws PullException {
        var manifests = manifests();
        var names = new HashSet<>(names());
        if (manifests.size() == 1 || names.size() < manifests.size()) {
            return List.of(this);
        }
        return manifests.stream()
                .map(each -> new LayoutSource(directory, where, List.of(each)))
                .toList();
    }

    private List<JsonDocument> manifests() throws PullException {
        return chosen.isEmpty() ? index().objects("manifests") : chosen;
    }

    /** {@return the names that the layout gives its image, as they stand there} */
    public List<String> names() throws PullException {
        var names = new ArrayList<String>();
        for (var manifest : manifests()) {
            var annotations = manifest.textMap("annotations");
            Optional.ofNullable(annotations.get(CONTAINERD_NAME))
                    .or(() -> Optional.ofNullable(annotations.get(REFERENCE_NAME)))
                    .ifPresent(names::add);
        }
        return names;
    }

    private JsonDocument index() throws PullException {
        return JsonDocument.parse(file(INDEX), INDEX + " of " + where);
    }

    /** A layout of one image says what it is; one of several is taken as an index of platforms. */
    @Override
    public ResolvedImage resolve(Platform platform) throws PullException {
        var choice = new ManifestChoice(platform, where, this::document);
        var manifests = manifests();
        if (manifests.size() == 1) {
            var descriptor = Descriptor.of(manifests.getFirst());
            return choice.choose(descriptor.digest(), document(descriptor));
        }
        var content = file(INDEX);
        return choice.choose(Digest.of(content), content);
    }

    private byte[] file(String path) throws PullException {
        try (var file = RegularFile.open(directory, path, OpenHow.READ)) {
            return file.readAll(ManifestChoice.MAX_MANIFEST_BYTES);
        } catch (SyscallException refused) {
            throw unreadable(refused, path);
        }
    }

    private byte[] document(Descriptor descriptor) throws PullException {
        try (var in = Channels.newInputStream(open(descriptor))) {
            return in.readNBytes(ManifestChoice.MAX_MANIFEST_BYTES);
        } catch (PullException wrong) {
            throw wrong;
        } catch (IOException lost) {
            throw new PullException(Reason.STORAGE, "cannot read from " + where, lost);
        }
    }

    @Override
    public ReadableByteChannel open(Descriptor descriptor, LayerMeter meter) throws PullException {
        var path = "blobs/sha256/" + descriptor.digest().hex();
        try {
            var file = new BlobFile(RegularFile.open(directory, path, OpenHow.READ));
            meter.begin(descriptor.sizeBytes());
            return new VerifiedBlob(file, descriptor, where, meter);
        } catch (SyscallException refused) {
            throw unreadable(refused, path);
        }
    }

    private PullException unreadable(SyscallException refused, String path) {
        var reason = refused.is(Errno.ENOENT) ? Reason.NOT_FOUND : Reason.STORAGE;
        return new PullException(reason, "cannot read " + path + " of " + where, refused);
    }
}
