package io.demitasse.storage.registry;

import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Finds the manifest for a platform behind what a name points to.
 *
 * <p>Of several entries of an index the one is taken that comes closest to what this processor can
 * run. Those that name a platform come before those that name none, and those that describe an
 * image, signatures and bills of materials, come last.
 */
final class ManifestChoice {
    /** An index may point to an index; one that goes deeper is refused. */
    private static final int MAX_DEPTH = 3;

    static final int MAX_MANIFEST_BYTES = 4 << 20;

    /** How many entries of an index are looked at in search of an image. */
    private static final int MAX_CANDIDATES = 16;

    /** Ranks of entries that do not say what they are for, and of those that are no images. */
    private static final int UNSTATED = 1_000;

    private static final int ARTIFACT = 10_000;

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

    /** Refuses what is neither a manifest nor an index: nothing that a registry should serve. */
    static void check(byte[] content, String what) throws PullException {
        var json = JsonDocument.parse(content, what);
        if (!json.has("manifests")) {
            var _ = Manifest.parse(Digest.of(content), content, what);
            return;
        }
        for (var entry : json.objects("manifests")) {
            var _ = Descriptor.of(entry);
        }
    }

    /** Starts from content whose digest was verified. */
    ResolvedImage choose(Digest target, byte[] content) throws PullException {
        var offered = new LinkedHashSet<String>();
        var found = manifest(target, content, 0, offered);
        return new ResolvedImage(
                target,
                found.orElseThrow(() ->
                        new PullException(
                                Reason.NOT_FOUND,
                                name
                                        + " has no image for "
                                        + platform
                                        + ", only for: "
                                        + String.join(", ", offered))));
    }

    private Optional<Manifest> manifest(
            Digest digest, byte[] content, int depth, Set<String> offered) throws PullException {
        var what = "manifest " + digest + " of " + name;
        var json = JsonDocument.parse(content, what);
        if (!json.has("manifests")) {
            return Optional.of(Manifest.parse(digest, content, what));
        }
        if (depth == MAX_DEPTH) {
            throw new PullException(Reason.UNSUPPORTED, what + ": indexes nested too deep");
        }
        Optional<Manifest> other = Optional.empty();
        for (var candidate : candidates(json, offered)) {
            var chosen = candidate.descriptor;
            var found = manifest(chosen.digest(), documents.get(chosen), depth + 1, offered);
            if (found.filter(Manifest::isPlainImage).isPresent()) {
                return found;
            }
            other = other.or(() -> found);
        }
        return other;
    }

    /** An entry of an index that may be meant for us, the less the rank the sooner. */
    private record Candidate(Descriptor descriptor, int rank) {}

    /** {@return the entries to look at, best first; the others are noted} */
    private List<Candidate> candidates(JsonDocument index, Set<String> offered)
            throws PullException {
        var candidates = new ArrayList<Candidate>();
        for (var entry : index.objects("manifests")) {
            var json = entry.objectOrEmpty("platform");
            boolean stated = json.has("os") || json.has("architecture");
            var other =
                    new Platform(
                            json.text("os").orElse(platform.os()),
                            json.text("architecture").orElse(platform.architecture()),
                            json.text("variant").orElse(""));
            var distance = stated ? platform.distance(other) : OptionalInt.of(UNSTATED);
            if (distance.isPresent()) {
                boolean artifact = entry.text("artifactType").isPresent();
                int rank = distance.getAsInt() + (artifact ? ARTIFACT : 0);
                candidates.add(new Candidate(Descriptor.of(entry), rank));
            } else {
                offered.add(other.toString());
            }
        }
        candidates.sort(Comparator.comparingInt(Candidate::rank));
        return candidates.subList(0, Math.min(candidates.size(), MAX_CANDIDATES));
    }
}
