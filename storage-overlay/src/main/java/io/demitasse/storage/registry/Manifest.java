package io.demitasse.storage.registry;

import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What an image is made of, OCI or Docker schema 2.
 *
 * @param json the manifest as it was served, whose digest this is
 * @param layers bottom first
 */
public record Manifest(Digest digest, String json, Descriptor config, List<Descriptor> layers) {
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
        var layers = new ArrayList<Descriptor>();
        for (var layer : json.objects("layers")) {
            layers.add(Descriptor.of(layer));
        }
        if (layers.size() > MAX_LAYERS) {
            throw new PullException(Reason.UNSUPPORTED, what + " has " + layers.size() + " layers");
        }
        return new Manifest(
                digest,
                new String(content, StandardCharsets.UTF_8),
                Descriptor.of(json.object("config")),
                layers);
    }
}
