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

/**
 * All that the store knows of one image, as it stands on disk.
 *
 * @param removed nobody may ask for it any more, and containers still use its layers
 * @param layers bottom first
 */
record ImageRecord(Image image, Digest manifest, List<LayerRecord> layers, boolean removed) {
    private static final String SUFFIX = ".json";
    private static final long VERSION = 2;

    /** Has the image's config in it, of which the user is what is left. */
    private static final long OLDEST_VERSION = 1;

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
        json.addProperty("user", image.user());
        var encodedLayers = new JsonArray();
        layers.forEach(layer -> encodedLayers.add(encode(layer)));
        json.add("layers", encodedLayers);
        return json.toString().getBytes(StandardCharsets.UTF_8);
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

    static ImageRecord decode(byte[] content, String what) throws PullException {
        var json =
                JsonDocument.parse(
                        content,
                        what,
                        path -> !path.startsWith("config/") || path.equals("config/user"));
        long version = json.size("version");
        if (version < OLDEST_VERSION || version > VERSION) {
            throw new PullException(Reason.UNSUPPORTED, what + " is of version " + version);
        }
        var layers = new ArrayList<LayerRecord>();
        for (var layer : json.objects("layers")) {
            layers.add(decodeLayer(layer));
        }
        var image =
                image(
                        json.digest("id"),
                        user(version == VERSION ? json : json.object("config"), what),
                        layers,
                        json.texts("tags"),
                        json.texts("digests"));
        return new ImageRecord(image, json.digest("manifest"), layers, json.flag("removed"));
    }

    private static String user(JsonDocument json, String what) throws PullException {
        return requireShort(json.text("user").orElse(""), what);
    }

    /** It is kept in memory for as long as the image is there. */
    static String requireShort(String user, String what) throws PullException {
        if (user.length() > ImageConfig.MAX_USER_CHARACTERS) {
            throw new PullException(
                    Reason.UNSUPPORTED,
                    "%s has a User of %d characters; at most %d are taken"
                            .formatted(what, user.length(), ImageConfig.MAX_USER_CHARACTERS));
        }
        return user;
    }

    static Image image(
            Digest id,
            String user,
            List<LayerRecord> layers,
            List<String> tags,
            List<String> digests) {
        long bytes = layers.stream().mapToLong(layer -> layer.usage().bytes()).sum();
        var chains = layers.stream().map(LayerRecord::chain).toList();
        return new Image(id.toString(), tags, digests, bytes, user, chains);
    }

    private static LayerRecord decodeLayer(JsonDocument json) throws PullException {
        return new LayerRecord(
                new ChainId(json.digest("chain")),
                json.digest("diff"),
                json.digest("blob"),
                new FilesystemUsage(json.size("bytes"), json.size("inodes")));
    }
}
