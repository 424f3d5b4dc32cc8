package io.demitasse.storage.image;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.Descriptor;
import io.demitasse.storage.registry.Manifest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The manifest and the config of an image, to be given away. */
final class ImageDocuments {
    private static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
    private static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    private final byte[] manifest;
    private final byte[] config;
    private final Manifest parsed;

    private ImageDocuments(byte[] manifest, byte[] config, Manifest parsed) {
        this.manifest = manifest;
        this.config = config;
        this.parsed = parsed;
    }

    byte[] config() {
        return config;
    }

    static ImageDocuments of(StoreParts store, ImageRecord record) throws IOException {
        var manifest = store.files().content(record.manifest());
        var what = "manifest " + record.manifest();
        var parsed = Manifest.parse(record.manifest(), manifest, what);
        return new ImageDocuments(manifest, config(store, record, parsed.config()), parsed);
    }

    /** The store has no config of an artifact: it is mostly this. */
    private static byte[] config(StoreParts store, ImageRecord record, Descriptor config)
            throws IOException {
        if (!record.isArtifact()) {
            return store.files().content(record.config());
        }
        var empty = "{}".getBytes(StandardCharsets.UTF_8);
        if (Digest.of(empty).equals(config.digest())) {
            return empty;
        }
        var sources = new SourceBlobs(store, record);
        var found = sources.open(config);
        if (found.isEmpty()) {
            throw sources.unavailable(config);
        }
        try (var in = found.get()) {
            return in.readAllBytes();
        }
    }

    Manifest parsed() {
        return parsed;
    }

    List<Descriptor> layers() {
        return parsed.layers();
    }

    Descriptor configDescriptor() {
        return parsed.config();
    }

    String mediaType() {
        var json = JsonParser.parseString(new String(manifest, StandardCharsets.UTF_8));
        var type = json.getAsJsonObject().get("mediaType");
        return type == null ? OCI_MANIFEST : type.getAsString();
    }

    /** {@return the same with some layers compressed anew, by their place} */
    byte[] manifestWith(Map<Integer, LayerBlob> rebuilt) {
        if (rebuilt.isEmpty()) {
            return manifest;
        }
        var json =
                JsonParser.parseString(new String(manifest, StandardCharsets.UTF_8))
                        .getAsJsonObject();
        var layers = json.getAsJsonArray("layers");
        for (var each : rebuilt.entrySet()) {
            var layer = layers.get(each.getKey()).getAsJsonObject();
            var blob = each.getValue();
            layer.addProperty("mediaType", gzip(layer));
            layer.addProperty("digest", blob.finalDigest().toString());
            layer.addProperty("size", blob.finalBytes());
        }
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String gzip(JsonObject layer) {
        var old = layer.get("mediaType");
        boolean docker = old != null && old.getAsString().startsWith("application/vnd.docker.");
        return docker ? DOCKER_LAYER : OCI_LAYER;
    }
}
