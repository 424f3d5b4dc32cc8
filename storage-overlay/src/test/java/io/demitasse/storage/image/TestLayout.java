package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.storage.reference.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/** Writes an image as an OCI layout; any part of it can be made a lie. */
public final class TestLayout {
    private final List<String> layers = new ArrayList<>();
    private final List<Digest> diffIds = new ArrayList<>();
    private final Path blobs;
    private final Path directory;

    public TestLayout(Path directory) throws IOException {
        this.directory = directory;
        blobs = Files.createDirectories(directory.resolve("blobs/sha256"));
    }

    public TestLayout layer(byte[] tar) throws IOException {
        return layer(gzip(tar), Digest.of(tar));
    }

    public TestLayout layer(byte[] blob, Digest diffId) throws IOException {
        layers.add(descriptor("application/vnd.oci.image.layer.v1.tar+gzip", blob(blob)));
        diffIds.add(diffId);
        return this;
    }

    public static byte[] gzip(byte[] content) throws IOException {
        var compressed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(compressed)) {
            gzip.write(content);
        }
        return compressed.toByteArray();
    }

    /** Replaces a blob under the digest that it no longer has. */
    public void overwrite(byte[] blob, byte[] lie) throws IOException {
        Files.write(blobs.resolve(Digest.of(blob).hex()), lie);
    }

    public Path finish(String config) throws IOException {
        var diffs = diffIds.stream().map(id -> "\"" + id + "\"").collect(Collectors.joining(","));
        var file =
                "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":%s,\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]}}"
                        .formatted(config, diffs);
        var manifest =
                "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
                        .formatted(
                                descriptor(
                                        "application/vnd.oci.image.config.v1+json",
                                        blob(file.getBytes(UTF_8))),
                                String.join(",", layers));
        var index =
                "{\"schemaVersion\":2,\"manifests\":[%s]}"
                        .formatted(
                                descriptor(
                                        "application/vnd.oci.image.manifest.v1+json",
                                        blob(manifest.getBytes(UTF_8))));
        Files.writeString(directory.resolve("index.json"), index);
        Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        return directory;
    }

    private byte[] blob(byte[] content) throws IOException {
        Files.write(blobs.resolve(Digest.of(content).hex()), content);
        return content;
    }

    private static String descriptor(String mediaType, byte[] content) {
        return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
                .formatted(mediaType, Digest.of(content), content.length);
    }
}
