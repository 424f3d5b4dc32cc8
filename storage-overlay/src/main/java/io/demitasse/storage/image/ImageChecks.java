package io.demitasse.storage.image;

import io.demitasse.storage.credential.RequestCredential;
import io.demitasse.storage.layer.ChainId;
import io.demitasse.storage.layer.LayerDifference;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.Manifest;
import io.demitasse.storage.registry.Platform;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import io.demitasse.storage.registry.RegistrySource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Looks at all that the store keeps of its images, byte by byte, and gets again what is bad.
 *
 * <p>A layer that is repaired takes the place of the bad one at once and whole. One that a
 * container uses is left alone: an overlay must not lose the files below it.
 *
 * <p><b>Threads.</b> Shared; a check blocks the calling thread, and ends when that is interrupted.
 */
public final class ImageChecks {
    private final ImageStore images;

    /** What was found out. */
    public enum Verdict {
        /** It is what it was. */
        GOOD,
        /** There is nothing to compare it with. */
        UNKNOWN,
        /** It is not what it was. */
        BAD,
        /** It was not what it had been, and is again. */
        REPAIRED
    }

    /**
     * One thing that was looked at.
     *
     * @param what "layer sha256:…", "manifest sha256:…" or "config sha256:…"
     * @param names of the images that it belongs to, or their ids
     * @param note why there is no better verdict, or empty
     */
    public record Checked(
            String what,
            List<String> names,
            Verdict verdict,
            List<LayerDifference> differences,
            String note) {
        /** Copies. */
        public Checked {
            names = List.copyOf(names);
            differences = List.copyOf(differences);
        }
    }

    /** A layer and all images that have it. */
    private record Shared(ImageRecord record, int index, Set<ImageRecord> all) {
        LayerRecord layer() {
            return record.layers().get(index);
        }

        /** The files of an artifact do not lie on one another. */
        List<ChainId> lower() {
            if (record.isArtifact()) {
                return List.of();
            }
            return record.layers().subList(0, index).stream().map(LayerRecord::chain).toList();
        }
    }

    /** Checks the images of this store. */
    public ImageChecks(ImageStore images) {
        this.images = images;
    }

    /** Checks everything, telling about each thing as it is known. */
    public void run(boolean repair, Consumer<Checked> listener) throws IOException {
        var layers = new LinkedHashMap<ChainId, Shared>();
        for (var record : images.records()) {
            document(record, "manifest", record.manifest(), repair, listener);
            if (!record.isArtifact()) {
                document(record, "config", record.config(), repair, listener);
            }
            for (int i = 0; i < record.layers().size(); i++) {
                int index = i;
                layers.computeIfAbsent(
                                record.layers().get(i).chain(),
                                _ -> new Shared(record, index, new LinkedHashSet<>()))
                        .all()
                        .add(record);
            }
        }
        for (var shared : layers.values()) {
            if (Thread.currentThread().isInterrupted()) {
                throw new PullException(Reason.CANCELLED, "check was cancelled");
            }
            layer(shared, repair, listener);
        }
    }

    private static List<String> names(Set<ImageRecord> records) {
        var names = new TreeSet<String>();
        for (var record : records) {
            var tags = record.image().repositoryTags();
            var digests = record.image().repositoryDigests();
            names.addAll(tags.isEmpty() ? digests : tags);
            if (tags.isEmpty() && digests.isEmpty()) {
                names.add(record.image().id());
            }
        }
        return List.copyOf(names);
    }

    private void document(
            ImageRecord record,
            String kind,
            Digest digest,
            boolean repair,
            Consumer<Checked> listener) {
        var names = names(Set.of(record));
        var what = kind + " " + digest;
        try {
            images.parts().files().content(digest);
            listener.accept(new Checked(what, names, Verdict.GOOD, List.of(), ""));
        } catch (PullException bad) {
            var differences = List.of(new LayerDifference("", String.valueOf(bad.getMessage())));
            var verdict = Verdict.BAD;
            var note = "";
            if (repair) {
                try {
                    images.parts().files().replaceContent(digest, fetch(record, digest));
                    verdict = Verdict.REPAIRED;
                } catch (IOException failure) {
                    note = "not repaired: " + failure.getMessage();
                }
            }
            listener.accept(new Checked(what, names, verdict, differences, note));
        }
    }

    private byte[] fetch(ImageRecord record, Digest digest) throws IOException {
        PullException last =
                new PullException(
                        Reason.NOT_FOUND, "the image has no name in a registry to fetch it from");
        for (var name : record.image().repositoryDigests()) {
            var repository = Reference.parse(name).repository();
            try {
                var source =
                        RegistrySource.of(
                                Reference.parse(repository + "@" + record.manifest()),
                                RequestCredential.NONE,
                                images.parts().registries(),
                                images.parts().partials());
                var manifest = source.resolve(Platform.current()).manifest();
                return digest.equals(manifest.digest())
                        ? manifest.json().getBytes(java.nio.charset.StandardCharsets.UTF_8)
                        : config(source, manifest);
            } catch (PullException failure) {
                last = failure;
            }
        }
        throw last;
    }

    private static byte[] config(RegistrySource source, Manifest manifest) throws IOException {
        try (var in = Channels.newInputStream(source.open(manifest.config()))) {
            return in.readAllBytes();
        } finally {
            source.forget(manifest.config());
        }
    }

    private void layer(Shared shared, boolean repair, Consumer<Checked> listener)
            throws IOException {
        var layers = images.parts().layers();
        var layer = shared.layer();
        if (!layers.acquire(layer.chain())) {
            return; // removed meanwhile
        }
        try {
            listener.accept(checked(shared, repair));
        } finally {
            layers.release(layer.chain());
        }
    }

    private Checked checked(Shared shared, boolean repair) throws IOException {
        var layer = shared.layer();
        var what = "layer " + layer.chain();
        var names = names(shared.all());
        var found = images.parts().layers().check(layer.chain(), layer.diffId(), shared.lower());
        if (found.isPresent() && found.get().isEmpty()) {
            return new Checked(what, names, Verdict.GOOD, List.of(), "");
        }
        var verdict = found.isPresent() ? Verdict.BAD : Verdict.UNKNOWN;
        var note =
                found.isPresent()
                        ? ""
                        : "it has no skeleton: an older version unpacked it, or its archive has an"
                                + " entry twice";
        if (repair && found.isPresent()) {
            try {
                repair(shared);
                verdict = Verdict.REPAIRED;
            } catch (IOException failure) {
                note = "not repaired: " + failure.getMessage();
            }
        }
        return new Checked(what, names, verdict, found.orElse(List.of()), note);
    }

    private void repair(Shared shared) throws IOException {
        var ids = shared.all().stream().map(each -> each.image().id()).collect(Collectors.toSet());
        refuseIfHeld(ids);
        PullException last =
                new PullException(Reason.NOT_FOUND, "no image has such a layer any more");
        for (var record : shared.all()) {
            var manifest = ImageDocuments.of(images.parts(), record).parsed();
            var sources = new SourceBlobs(images.parts(), record);
            for (var descriptor : manifest.layers()) {
                if (descriptor.digest().equals(shared.layer().blob())) {
                    var archive = sources.open(descriptor);
                    if (archive.isPresent()) {
                        replace(shared, archive.get(), file(record, manifest, shared), ids);
                        return;
                    }
                    last = sources.unavailable(descriptor);
                }
            }
        }
        throw last;
    }

    /** {@return the path of the one file that a layer of an artifact is} */
    private static Optional<String> file(ImageRecord record, Manifest manifest, Shared shared)
            throws PullException {
        if (!record.isArtifact()) {
            return Optional.empty();
        }
        return Artifact.of(manifest).stream()
                .flatMap(artifact -> artifact.files().stream())
                .filter(each -> each.chain().equals(shared.layer().chain()))
                .map(Artifact.File::path)
                .findFirst();
    }

    private void replace(Shared shared, InputStream archive, Optional<String> file, Set<String> ids)
            throws IOException {
        var layers = images.parts().layers();
        var chain = shared.layer().chain();
        try (archive;
                var unpacked =
                        file.isPresent()
                                ? layers.unpackFile(Channels.newChannel(archive), file.get())
                                : layers.unpack(archive, shared.layer().diffId())) {
            unpacked.completeAndSync(layers.diffs(shared.lower()));
            boolean done = images.holds().unlessHeld(ids, () -> layers.replace(unpacked, chain));
            if (!done) {
                refuseIfHeld(ids);
            }
        }
    }

    private void refuseIfHeld(Set<String> ids) throws PullException {
        var holders = images.holds().holders(ids);
        if (!holders.isEmpty()) {
            throw new PullException(
                    Reason.MISCONFIGURED,
                    "containers use it, whose root would lose its files; remove them and check"
                            + " again: "
                            + holders.stream().sorted().collect(Collectors.joining(", ")));
        }
    }
}
