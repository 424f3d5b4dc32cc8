package io.demitasse.storage.image;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.compression.CompressionException;
import io.demitasse.storage.layer.ChainId;
import io.demitasse.storage.layer.LayerException;
import io.demitasse.storage.layer.LayerStore;
import io.demitasse.storage.progress.PullMeter;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.Descriptor;
import io.demitasse.storage.registry.ImageSource;
import io.demitasse.storage.registry.Manifest;
import io.demitasse.storage.registry.Platform;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import io.demitasse.storage.registry.ResolvedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Semaphore;

/** Gets one image from its source into the store, from name to record. */
final class ImageFetch {
    private static final int MAX_CONFIG_BYTES = 4 << 20;

    /** A config is in memory until the image's layers are there; most have some kilobytes. */
    private static final int LARGE_CONFIG_BYTES = 1 << 18;

    private static final int MAX_LARGE_CONFIGS = 3;
    private static final Semaphore LARGE_CONFIGS = new Semaphore(MAX_LARGE_CONFIGS);
    private static final byte[] EMPTY_ARCHIVE = new byte[1024]; // the end of a tar

    private final ImageSource source;
    private final LayerStore layers;
    private final Flights<ChainId, ChainId> unpackings;
    private final Publisher publisher;
    private final PullMeter meter;

    /** Makes a fetched image known to all. */
    interface Publisher {
        Image publish(Fetched fetched) throws SyscallException;
    }

    /** Documents that are to be kept with a record. */
    static final class Fetched {
        private final ImageRecord record;
        private final byte[] config;
        private final byte[] manifest;

        Fetched(ImageRecord record, byte[] config, byte[] manifest) {
            this.record = record;
            this.config = config;
            this.manifest = manifest;
        }

        ImageRecord record() {
            return record;
        }

        byte[] config() {
            return config;
        }

        byte[] manifest() {
            return manifest;
        }
    }

    ImageFetch(
            ImageSource source,
            LayerStore layers,
            Flights<ChainId, ChainId> unpackings,
            Publisher publisher,
            PullMeter meter) {
        this.source = source;
        this.layers = layers;
        this.unpackings = unpackings;
        this.publisher = publisher;
        this.meter = meter;
    }

    Image from(Platform platform, List<Reference> names) throws IOException {
        var resolved = source.resolve(platform);
        var manifest = resolved.manifest();
        var artifact = Artifact.of(manifest);
        if (artifact.isPresent()) {
            return artifact(artifact.get(), resolved, names);
        }
        boolean large = manifest.config().sizeBytes() > LARGE_CONFIG_BYTES;
        if (large && !LARGE_CONFIGS.tryAcquire()) {
            throw new PullException(
                    Reason.UNAVAILABLE,
                    "%d images with configs of more than %d bytes are being pulled; try again later"
                            .formatted(MAX_LARGE_CONFIGS, LARGE_CONFIG_BYTES));
        }
        try {
            return image(resolved, names);
        } finally {
            if (large) {
                LARGE_CONFIGS.release();
            }
        }
    }

    private Image image(ResolvedImage resolved, List<Reference> names) throws IOException {
        var manifest = resolved.manifest();
        var content = document(manifest.config());
        var what = "config " + manifest.config().digest();
        var config = ConfigFile.parse(content, what);
        var user = ImageRecord.requireShort(config.config().user(), what);
        int expected = manifest.layers().size();
        if (config.diffIds().size() != expected) {
            throw new PullException(
                    Reason.CORRUPT,
                    "%s has %d diff_ids, its manifest %d layers"
                            .formatted(what, config.diffIds().size(), expected));
        }
        var fetched = expected == 0 ? nothing() : layers(manifest, config.diffIds());
        var record = record(manifest.config().digest(), user, resolved, fetched, names);
        return publish(record, content, manifest);
    }

    private List<LayerRecord> layers(Manifest manifest, List<Digest> diffIds) throws IOException {
        return new LayerFetch(layers, unpackings, source, manifest, diffIds, meter).fetch();
    }

    /**
     * An image without layers gets one in which nothing is: overlayfs asks for one, and everything
     * else may go on to think that there is always one.
     */
    private List<LayerRecord> nothing() throws IOException {
        var diffId = Digest.of(EMPTY_ARCHIVE);
        var chain = ChainId.of(List.of(diffId)).getFirst();
        while (!layers.acquire(chain)) {
            unpackings.join(
                    chain,
                    () -> {
                        if (!layers.has(chain)) {
                            var archive = new ByteArrayInputStream(EMPTY_ARCHIVE);
                            try (var layer = layers.unpack(archive, diffId)) {
                                layers.commit(layer, chain, List.of());
                            }
                        }
                        return chain;
                    });
        }
        return List.of(new LayerRecord(chain, diffId, diffId, layers.usage(chain)));
    }

    /** Its config says nothing, and is often the same empty one: its manifest is what it is. */
    private Image artifact(Artifact artifact, ResolvedImage resolved, List<Reference> names)
            throws IOException {
        var manifest = resolved.manifest();
        var fetched = new ArtifactFetch(layers, unpackings, source, meter).fetch(artifact);
        var record = record(artifact.manifest(), "", resolved, fetched, names);
        return publish(record, manifest.json().getBytes(StandardCharsets.UTF_8), manifest);
    }

    private Image publish(ImageRecord record, byte[] config, Manifest manifest)
            throws SyscallException {
        try {
            layers.sync(record.layers().stream().map(LayerRecord::chain).toList());
            var image =
                    publisher.publish(
                            new Fetched(
                                    record,
                                    config,
                                    manifest.json().getBytes(StandardCharsets.UTF_8)));
            meter.succeeded();
            return image;
        } catch (SyscallException failure) {
            release(record.layers(), failure);
            throw failure;
        }
    }

    private static ImageRecord record(
            Digest id,
            String user,
            ResolvedImage resolved,
            List<LayerRecord> layers,
            List<Reference> names) {
        var image =
                ImageRecord.image(
                        id,
                        user,
                        layers,
                        names.stream().flatMap(name -> name.tagged().stream()).toList(),
                        names.stream().map(name -> name.at(resolved.target())).distinct().toList());
        return new ImageRecord(image, resolved.manifest().digest(), layers, false);
    }

    private void release(List<LayerRecord> fetched, SyscallException failure) {
        for (var layer : fetched) {
            try {
                layers.release(layer.chain());
            } catch (SyscallException also) {
                failure.addSuppressed(also);
            }
        }
    }

    private byte[] document(Descriptor descriptor) throws IOException {
        if (descriptor.sizeBytes() > MAX_CONFIG_BYTES) {
            throw new PullException(
                    Reason.UNSUPPORTED,
                    "config %s has %d bytes; at most %d are taken"
                            .formatted(
                                    descriptor.digest(), descriptor.sizeBytes(), MAX_CONFIG_BYTES));
        }
        var content =
                source.persistently(
                        descriptor,
                        () -> {
                            try (var in = Channels.newInputStream(source.open(descriptor))) {
                                return in.readAllBytes();
                            }
                        });
        source.forget(descriptor);
        return content;
    }

    /** Adds what was wanted to what went wrong. */
    static PullException explained(IOException failure, String what) {
        return switch (failure) {
            case PullException known -> known;
            case LayerException corrupt ->
                    new PullException(
                            Reason.CORRUPT,
                            "cannot unpack a layer of " + what + ": " + corrupt.getMessage(),
                            corrupt);
            case java.io.InterruptedIOException _ ->
                    new PullException(
                            Reason.CANCELLED, "pull of " + what + " was cancelled", failure);
            case CompressionException corrupt -> compression(what, "", corrupt);
            case java.util.zip.ZipException corrupt -> compression(what, "gzip: ", corrupt);
            case java.io.EOFException corrupt -> compression(what, "gzip: ", corrupt);
            default ->
                    new PullException(
                            Reason.STORAGE,
                            "cannot store " + what + ": " + failure.getMessage(),
                            failure);
        };
    }

    private static PullException compression(String what, String how, IOException corrupt) {
        return new PullException(
                Reason.CORRUPT,
                "cannot unpack a layer of " + what + ": " + how + corrupt.getMessage(),
                corrupt);
    }
}
