package io.demitasse.storage.image;

import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.JsonDocument;
import io.demitasse.storage.registry.PullException;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * An image's config as its builder wrote it: how to start, and what the layers unpack to.
 *
 * @param diffIds digests of the uncompressed layers, bottom first
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/config.md">OCI image
 *     configuration</a>
 */
record ConfigFile(ImageConfig config, List<Digest> diffIds) {
    /**
     * In small letters: builders write keys in any. History, labels and the rest are nothing here.
     */
    private static final Set<String> WANTED =
            Set.of(
                    "config",
                    "config/entrypoint",
                    "config/cmd",
                    "config/env",
                    "config/workingdir",
                    "config/user",
                    "config/stopsignal",
                    "rootfs",
                    "rootfs/diff_ids");

    static ConfigFile parse(byte[] json, String what) throws PullException {
        var file =
                JsonDocument.parse(
                        json, what, path -> WANTED.contains(path.toLowerCase(Locale.ROOT)));
        var config = file.objectOrEmpty("config");
        return new ConfigFile(
                new ImageConfig(
                        config.texts("Entrypoint"),
                        config.texts("Cmd"),
                        config.texts("Env"),
                        config.text("WorkingDir").orElse(""),
                        config.text("User").orElse(""),
                        config.text("StopSignal").orElse("")),
                file.objectOrEmpty("rootfs").digests("diff_ids"));
    }
}
