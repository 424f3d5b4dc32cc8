package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.storage.layer.ChainId;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.Descriptor;
import io.demitasse.storage.registry.JsonDocument;
import io.demitasse.storage.registry.Manifest;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Something in a registry that is not an image: files, each a blob as it is.
 *
 * @param files what it consists of, in the order of its manifest, nothing twice
 * @see <a
 *     href="https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage">OCI
 *     image manifest, guidelines for artifact usage</a>
 */
record Artifact(Digest manifest, List<File> files) {
    private static final String TITLE = "org.opencontainers.image.title";

    /** The name of CNCF's model specification, and the one that it had before. */
    private static final List<String> MODEL_FILES =
            List.of("org.cncf.model.filepath", "org.cnai.model.filepath");

    /** One file, and the layer that it is kept as. */
    record File(String path, Descriptor blob) {
        ChainId chain() {
            return ChainId.ofFile(path, blob.digest());
        }
    }

    Artifact {
        files = List.copyOf(files);
    }

    /** {@return the artifact that a manifest describes, or empty if it is one of an image} */
    static Optional<Artifact> of(Manifest manifest) throws PullException {
        if (!manifest.isArtifact()) {
            return Optional.empty();
        }
        var what = "manifest " + manifest.digest();
        var described = JsonDocument.parse(manifest.json().getBytes(UTF_8), what).objects("layers");
        var files = new LinkedHashMap<ChainId, File>();
        for (int i = 0; i < described.size(); i++) {
            var blob = manifest.layers().get(i);
            var file = new File(path(described.get(i).textMap("annotations"), blob), blob);
            files.put(file.chain(), file);
        }
        if (files.isEmpty()) {
            throw new PullException(Reason.UNSUPPORTED, what + " is of an artifact without files");
        }
        return Optional.of(new Artifact(manifest.digest(), List.copyOf(files.values())));
    }

    /** As tools that push single files name them; a blob without a name goes by its digest. */
    private static String path(Map<String, String> annotations, Descriptor blob) {
        return Optional.ofNullable(annotations.get(TITLE))
                .or(() ->
                        MODEL_FILES.stream()
                                .map(annotations::get)
                                .filter(Objects::nonNull)
                                .findFirst())
                .orElse(blob.digest().hex());
    }
}
