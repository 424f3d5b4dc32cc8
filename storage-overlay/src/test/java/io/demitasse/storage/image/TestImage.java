package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.LyingRegistry;
import java.io.IOException;

/** An image of one layer, as a registry serves it. */
final class TestImage {
    private final byte[] layer;
    private final byte[] config;
    private final byte[] manifest;

    private TestImage(byte[] layer, byte[] config, byte[] manifest) {
        this.layer = layer;
        this.config = config;
        this.manifest = manifest;
    }

    /** Compresses the layer with gzip. */
    static TestImage of(byte[] tar) throws IOException {
        return of(tar, TestLayout.gzip(tar));
    }

    static TestImage of(byte[] tar, byte[] layer) {
        var config =
                "{\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"%s\"]}}".formatted(Digest.of(tar));
        var manifest =
                "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
                        .formatted(descriptor(config.getBytes(UTF_8)), descriptor(layer));
        return new TestImage(layer, config.getBytes(UTF_8), manifest.getBytes(UTF_8));
    }

    private static String descriptor(byte[] content) {
        return "{\"digest\":\"%s\",\"size\":%d}".formatted(Digest.of(content), content.length);
    }

    byte[] config() {
        return config;
    }

    byte[] manifest() {
        return manifest;
    }

    byte[] layer() {
        return layer;
    }

    Digest layerDigest() {
        return Digest.of(layer);
    }

    /** Puts it where a repository is, as latest. */
    TestImage serve(LyingRegistry registry, String repository) {
        registry.on(repository + "/manifests/latest", manifest)
                .on(repository + "/blobs/" + Digest.of(config), config)
                .on(repository + "/blobs/" + Digest.of(layer), layer);
        return this;
    }
}
