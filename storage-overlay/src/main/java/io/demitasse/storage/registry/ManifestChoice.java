package io.demitasse.storage.registry;

import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException.Reason;

/** Finds the manifest for a platform behind what a name points to. */
final class ManifestChoice {
    /** An index may point to an index; one that goes deeper is refused. */
    private static final int MAX_DEPTH = 3;

    static final int MAX_MANIFEST_BYTES = 4 << 20;

    private final Platform platform;
    private final String name;
    private final Documents documents;

    /** Serves manifests and indexes by digest, verified. */
    interface Documents {
        byte[] get(Descriptor descriptor) throws PullException;
    }

    ManifestChoice(Platform platform, String name, Documents documents) {
        this.platform = platform;
        this.name = name;
        this.documents = documents;
    }

    /** Starts from content whose digest was verified. */
    ResolvedImage choose(Digest target, byte[] content) throws PullException {
        return new ResolvedImage(target, manifest(target, content, 0));
    }

    private Manifest manifest(Digest digest, byte[] content, int depth) throws PullException {
        var what = "manifest " + digest + " of " + name;
        var json = JsonDocument.parse(content, what);
        if (!json.has("manifests")) {
            return Manifest.parse(digest, content, what);
        }
        if (depth == MAX_DEPTH) {
            throw new PullException(Reason.UNSUPPORTED, what + ": indexes nested too deep");
        }
        var chosen = choose(json);
        return manifest(chosen.digest(), documents.get(chosen), depth + 1);
    }

    private Descriptor choose(JsonDocument index) throws PullException {
        var offered = new StringBuilder();
        for (var entry : index.objects("manifests")) {
            var json = entry.objectOrEmpty("platform");
            var other =
                    new Platform(
                            json.text("os").orElse(platform.os()),
                            json.text("architecture").orElse(platform.architecture()),
                            json.text("variant").orElse(""));
            if (platform.runs(other)) {
                return Descriptor.of(entry);
            }
            offered.append(offered.isEmpty() ? "" : ", ").append(other);
        }
        throw new PullException(
                Reason.NOT_FOUND,
                name + " has no image for " + platform + ", only for: " + offered);
    }
}
