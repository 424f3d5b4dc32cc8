package io.demitasse.storage.image;

import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.JsonDocument;
import io.demitasse.storage.registry.PullException;
import java.util.List;

/**
 * An image's config as its builder wrote it: how to start, and what the layers unpack to.
 *
 * @param diffIds digests of the uncompressed layers, bottom first
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/config.md">OCI image
 *     configuration</a>
 */
record ConfigFile(ImageConfig config, List<Digest> diffIds) {
    static ConfigFile parse(byte[] json, String what) throws PullException {
        var file = JsonDocument.parse(json, what);
        var config = file.objectOrEmpty("config");
        return new ConfigFile(
                new ImageConfig(
                        config.texts("Entrypoint"),
                        config.texts("Cmd"),
                        config.texts("Env"),
                        config.text("WorkingDir").orElse(""),
                        config.text("User").orElse(""),
                        config.keys("Volumes"),
                        config.text("StopSignal").orElse(""),
                        config.textMap("Labels")),
                file.objectOrEmpty("rootfs").digests("diff_ids"));
    }
}
