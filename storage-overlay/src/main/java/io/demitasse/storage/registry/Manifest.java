package io.demitasse.storage.registry;

import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What an image is made of, OCI or Docker schema 2.
 *
 * @param json the manifest as it was served, whose digest this is
 * @param layers bottom first
 * @param artifactType what it is if it is no image, or empty
 */
public record Manifest(
        Digest digest,
        String json,
        Descriptor config,
        List<Descriptor> layers,
        String artifactType) {
    private static final int MAX_LAYERS = 512; // overlayfs takes 500

    /** Copies. */
    public Manifest {
        layers = List.copyOf(layers);
    }

    /** Reads a manifest, not an index, whose digest was verified. */
    public static Manifest parse(Digest digest, byte[] content, String what) throws PullException {
        var json = JsonDocument.parse(content, what);
        if (!json.has("config") || !json.has("layers")) {
            throw new PullException(
                    Reason.UNSUPPORTED, what + " is neither an OCI nor a Docker schema 2 manifest");
        }
        var text = new String(content, StandardCharsets.UTF_8);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), content)) {
            throw new PullException(Reason.CORRUPT, what + " is not UTF-8"); // and is kept as text
        }
        var layers = new ArrayList<Descriptor>();
        for (var layer : json.objects("layers")) {
            layers.add(Descriptor.of(layer));
        }
        if (layers.size() > MAX_LAYERS) {
            throw new PullException(Reason.UNSUPPORTED, what + " has " + layers.size() + " layers");
        }
        return new Manifest(
                digest,
                text,
                Descriptor.of(json.object("config")),
                layers,
                json.text("artifactType").orElse(""));
    }

    /** {@return whether it is an artifact: files that can be mounted, and nothing to run} */
    public boolean isArtifact() {
        var type = MediaTypes.bare(config.mediaType());
        return !MediaTypes.isImageConfig(type)
                && !(MediaTypes.saysNothing(type) && hasOnlyLayers() && artifactType.isEmpty());
    }

    /** {@return whether nothing about it says that it only describes an image} */
    boolean isPlainImage() {
        return !isArtifact() && artifactType.isEmpty() && hasOnlyLayers();
    }

    private boolean hasOnlyLayers() {
        return layers.stream().allMatch(each -> MediaTypes.isLayer(each.mediaType()));
    }
}
