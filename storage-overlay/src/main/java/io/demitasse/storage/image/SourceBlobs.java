package io.demitasse.storage.image;

import io.demitasse.storage.credential.RequestCredential;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.Descriptor;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import io.demitasse.storage.registry.RegistrySource;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Blobs of an image: kept ones, or from the repositories that it has names in. Belongs to one
 * thread.
 */
final class SourceBlobs {
    private static final int BUFFER_BYTES = 1 << 16;

    private final StoreParts store;
    private final ImageRecord record;
    private final List<PullException> failures = new ArrayList<>();

    SourceBlobs(StoreParts store, ImageRecord record) {
        this.store = store;
        this.record = record;
    }

    /** {@return a blob as it was once had, or empty if nobody has it} */
    Optional<InputStream> open(Descriptor descriptor) throws IOException {
        var kept = store.blobs().find(descriptor.digest());
        if (kept.isPresent()) {
            return Optional.of(Files.newInputStream(kept.get()));
        }
        for (var name : record.image().repositoryDigests()) {
            try {
                var source =
                        RegistrySource.of(
                                Reference.parse(name),
                                RequestCredential.NONE,
                                store.registries(),
                                store.partials());
                return Optional.of(begun(source, descriptor));
            } catch (PullException failure) {
                if (failure.reason() == Reason.CANCELLED) {
                    throw failure;
                }
                failures.add(failure);
            }
        }
        return Optional.empty();
    }

    /** Whether a registry has a blob shows when its first byte is read. */
    private static InputStream begun(RegistrySource source, Descriptor descriptor)
            throws IOException {
        var stream =
                new BufferedInputStream(
                        Channels.newInputStream(source.open(descriptor)), BUFFER_BYTES);
        try {
            stream.mark(1);
            var _ = stream.read();
            stream.reset();
            return new Forgetting(stream, source, descriptor);
        } catch (PullException failure) {
            stream.close();
            throw failure;
        }
    }

    /** What has come of it is of no use to anybody after it was read. */
    private static final class Forgetting extends FilterInputStream {
        private final RegistrySource source;
        private final Descriptor descriptor;

        Forgetting(InputStream stream, RegistrySource source, Descriptor descriptor) {
            super(stream);
            this.source = source;
            this.descriptor = descriptor;
        }

        @Override
        public void close() throws IOException {
            super.close();
            source.forget(descriptor);
        }
    }

    /** {@return why a blob cannot be had, with what each registry said} */
    PullException unavailable(Descriptor descriptor) {
        var why = new StringBuilder("blob " + descriptor.digest() + " is not kept here");
        if (failures.isEmpty()) {
            why.append(", and the image has no name in a registry to fetch it from");
        }
        failures.forEach(failure -> why.append("; ").append(failure.getMessage()));
        return new PullException(Reason.NOT_FOUND, why.toString());
    }
}
