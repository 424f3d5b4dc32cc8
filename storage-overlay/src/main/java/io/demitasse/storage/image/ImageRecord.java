package io.demitasse.storage.image;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.demitasse.storage.FilesystemUsage;
import io.demitasse.storage.layer.ChainId;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.JsonDocument;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * All that the store knows of one image, as it stands on disk.
 *
 * @param removed nobody may ask for it any more, and containers still use its layers
 * @param layers bottom first
 */
record ImageRecord(Image image, Digest manifest, List<LayerRecord> layers, boolean removed) {
    private static final String SUFFIX = ".json";
    private static final long VERSION = 1;

    ImageRecord {
        layers = List.copyOf(layers);
    }

    /** {@return the record's file name} */
    String fileName() {
        return config().hex() + SUFFIX;
    }

    static boolean isFileName(String name) {
        return name.endsWith(SUFFIX);
    }

    /** {@return the digest of the image's config, or of an artifact's manifest, which is its id} */
    Digest config() {
        return Digest.parse(image.id());
    }

    /** {@return whether it consists of files, and not of layers that a container can start from} */
    boolean isArtifact() {
        return manifest.equals(config());
    }

    ImageRecord asRemoved() {
        return new ImageRecord(image.named(List.of(), List.of()), manifest, layers, true);
    }

    ImageRecord named(List<String> tags, List<String> digests) {
        return new ImageRecord(image.named(tags, digests), manifest, layers, false);
    }

    byte[] encode() {
        var json = new JsonObject();
        json.addProperty("version", VERSION);
        json.addProperty("id", image.id());
        json.addProperty("manifest", manifest.toString());
        json.addProperty("removed", removed);
        json.add("tags", array(image.repositoryTags()));
        json.add("digests", array(image.repositoryDigests()));
        json.add("config", encode(image.config()));
        var encodedLayers = new JsonArray();
        layers.forEach(layer -> encodedLayers.add(encode(layer)));
        json.add("layers", encodedLayers);
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static JsonObject encode(ImageConfig config) {
        var json = new JsonObject();
        json.add("entrypoint", array(config.entrypoint()));
        json.add("command", array(config.command()));
        json.add("environment", array(config.environment()));
        json.addProperty("workingDirectory", config.workingDirectory());
        json.addProperty("user", config.user());
        json.add("volumes", array(config.volumes()));
        json.addProperty("stopSignal", config.stopSignal());
        json.add("labels", object(config.labels()));
        return json;
    }

    private static JsonObject encode(LayerRecord layer) {
        var json = new JsonObject();
        json.addProperty("chain", layer.chain().toString());
        json.addProperty("diff", layer.diffId().toString());
        json.addProperty("blob", layer.blob().toString());
        json.addProperty("bytes", layer.usage().bytes());
        json.addProperty("inodes", layer.usage().inodes());
        return json;
    }

    private static JsonArray array(List<String> texts) {
        var array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }

    private static JsonObject object(Map<String, String> texts) {
        var object = new JsonObject();
        texts.forEach(object::addProperty);
        return object;
    }

    static ImageRecord decode(byte[] content, String what) throws PullException {
        var json = JsonDocument.parse(content, what);
        if (json.size("version") != VERSION) {
            throw new PullException(
                    Reason.UNSUPPORTED, what + " is of version " + json.size("version"));
        }
        var layers = new ArrayList<LayerRecord>();
        for (var layer : json.objects("layers")) {
            layers.add(decodeLayer(layer));
        }
        var image =
                image(
                        json.digest("id"),
                        decodeConfig(json.object("config")),
                        layers,
                        json.texts("tags"),
                        json.texts("digests"));
        return new ImageRecord(image, json.digest("manifest"), layers, json.flag("removed"));
    }

    static Image image(
            Digest id,
            ImageConfig config,
            List<LayerRecord> layers,
            List<String> tags,
            List<String> digests) {
        long bytes = layers.stream().mapToLong(layer -> layer.usage().bytes()).sum();
        var chains = layers.stream().map(LayerRecord::chain).toList();
        return new Image(id.toString(), tags, digests, bytes, config, chains);
    }

    private static ImageConfig decodeConfig(JsonDocument json) throws PullException {
        return new ImageConfig(
                json.texts("entrypoint"),
                json.texts("command"),
                json.texts("environment"),
                json.text("workingDirectory").orElse(""),
                json.text("user").orElse(""),
                json.texts("volumes"),
                json.text("stopSignal").orElse(""),
                json.textMap("labels"));
    }

    private static LayerRecord decodeLayer(JsonDocument json) throws PullException {
        return new LayerRecord(
                new ChainId(json.digest("chain")),
                json.digest("diff"),
                json.digest("blob"),
                new FilesystemUsage(json.size("bytes"), json.size("inodes")));
    }
}
