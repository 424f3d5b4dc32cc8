package io.demitasse.conformance.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.demitasse.admin.v1.AdminGrpc;
import io.demitasse.admin.v1.LoadRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** The busybox image with a layer of files on top, and with another configuration. */
final class CustomImage {
    private final Path layout;
    private final Path files;
    private final String name;
    private JsonObject config = new JsonObject();

    private CustomImage(Path layout, String name) throws IOException {
        this.layout = layout;
        this.name = name;
        this.files = Files.createDirectories(layout.resolve("files"));
    }

    /** Begins an image of this name, {@code localhost/NAME:1}, out of what the daemon has. */
    static CustomImage of(RunningDaemon daemon, String name) throws IOException {
        var layout = Files.createDirectory(daemon.directory().resolve("image-" + name));
        var blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
        try (var parts = Files.list(daemon.directory().resolve("busybox/blobs/sha256"))) {
            for (var part : parts.toList()) {
                Files.createLink(blobs.resolve(part.getFileName()), part);
            }
        }
        Files.copy(daemon.directory().resolve("busybox/index.json"), layout.resolve("index.json"));
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        return new CustomImage(layout, "localhost/" + name + ":1");
    }

    CustomImage file(String path, String content) throws IOException {
        var file = files.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        return this;
    }

    /** Replaces the {@code config} of the configuration. */
    CustomImage config(String json) {
        config = JsonParser.parseString(json).getAsJsonObject();
        return this;
    }

    /** Hands it to the daemon; {@return its name} */
    String load(RunningDaemon daemon) throws IOException, InterruptedException {
        var index = json(layout.resolve("index.json"));
        var target = index.getAsJsonArray("manifests").get(0).getAsJsonObject();
        var manifest = json(blob(target));
        var document = json(blob(manifest.getAsJsonObject("config")));
        var tar = layer();
        var diffIds = document.getAsJsonObject("rootfs").getAsJsonArray("diff_ids");
        diffIds.add("sha256:" + hex(tar));
        document.add("config", config);
        manifest.getAsJsonArray("layers")
                .add(store("application/vnd.oci.image.layer.v1.tar+gzip", gzip(tar)));
        manifest.add(
                "config",
                store(
                        "application/vnd.oci.image.config.v1+json",
                        document.toString().getBytes(UTF_8)));
        var manifests = new JsonArray();
        manifests.add(
                store(
                        "application/vnd.oci.image.manifest.v1+json",
                        manifest.toString().getBytes(UTF_8)));
        index.add("manifests", manifests);
        Files.writeString(layout.resolve("index.json"), index.toString());
        var channel = daemon.dial();
        try {
            var _ =
                    AdminGrpc.newBlockingStub(channel)
                            .load(
                                    LoadRequest.newBuilder()
                                            .setPath(layout.toString())
                                            .setName(name)
                                            .build());
        } finally {
            channel.shutdownNow();
        }
        return name;
    }

    private byte[] layer() throws IOException, InterruptedException {
        var tar = layout.resolve("layer.tar");
        var command =
                List.of(
                        "tar",
                        "-C",
                        files.toString(),
                        "--owner=0",
                        "--group=0",
                        "-cf",
                        "" + tar,
                        ".");
        var _ = RunningDaemon.run(command);
        return Files.readAllBytes(tar);
    }

    private static byte[] gzip(byte[] content) throws IOException {
        var compressed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(compressed)) {
            gzip.write(content);
        }
        return compressed.toByteArray();
    }

    private JsonObject store(String mediaType, byte[] content) throws IOException {
        Files.write(layout.resolve("blobs/sha256").resolve(hex(content)), content);
        var descriptor = new JsonObject();
        descriptor.addProperty("mediaType", mediaType);
        descriptor.addProperty("digest", "sha256:" + hex(content));
        descriptor.addProperty("size", content.length);
        return descriptor;
    }

    private Path blob(JsonObject descriptor) {
        var digest = descriptor.get("digest").getAsString();
        return layout.resolve("blobs/sha256").resolve(digest.substring("sha256:".length()));
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }

    private static String hex(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
