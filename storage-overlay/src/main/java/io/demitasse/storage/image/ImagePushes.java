package io.demitasse.storage.image;

import io.demitasse.storage.layer.LayerException;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.Descriptor;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import io.demitasse.storage.registry.RegistryTarget;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;

/**
 * Puts images into registries.
 *
 * <p>A blob that the repository has is not sent; one that another repository of the same registry
 * has is taken over from there. The image's layers stay until the push has ended.
 *
 * <p><b>Threads.</b> Shared; a push blocks the calling thread, and ends when that is interrupted.
 */
public final class ImagePushes {
    private final ImageStore images;
    private final LongAdder sentBytes; // by all who push images of the store

    /** What becomes of a blob. */
    public enum Step {
        /** The repository had it. */
        THERE,
        /** It was taken over from another repository of the registry. */
        MOUNTED,
        /** Some bytes of it were sent. */
        SENDING,
        /** All of it was sent. */
        SENT
    }

    /** Hears how a push gets on. */
    public interface Listener {
        /**
         * Something happened to a blob.
         *
         * @param sentBytes all that was sent of it
         */
        void blob(Descriptor blob, Step step, long sentBytes);
    }

    /** Pushes images of this store. */
    public ImagePushes(ImageStore images) {
        this.images = images;
        this.sentBytes = images.pushedBytes();
    }

    /** {@return how many bytes of blobs were sent since the start} */
    public long sentBytes() {
        return sentBytes.sum();
    }

    /**
     * Pushes an image; {@return the digest of its manifest, as it is in the registry now}
     *
     * @param target has a tag; the image gets that name at its digest
     */
    public Digest push(Image image, Reference target, Listener listener) throws PullException {
        var holder = "push-" + UUID.randomUUID();
        try {
            images.hold(image.id(), holder);
            try {
                return new Push(images.parts(), images.record(image), target, listener).run();
            } finally {
                images.release(image.id(), holder);
            }
        } catch (LayerException damaged) {
            throw new PullException(
                    Reason.CORRUPT,
                    "cannot push " + image.id() + ": " + damaged.getMessage(),
                    damaged);
        } catch (PullException known) {
            throw known;
        } catch (IOException failure) {
            throw new PullException(Reason.STORAGE, "cannot read " + image.id(), failure);
        }
    }

    /** One push. */
    private final class Push {
        private final StoreParts store;
        private final ImageRecord record;
        private final Reference target;
        private final Listener listener;
        private final Map<Integer, LayerBlob> rebuilt = new HashMap<>();

        Push(StoreParts store, ImageRecord record, Reference target, Listener listener) {
            this.store = store;
            this.record = record;
            this.target = target;
            this.listener = listener;
        }

        Digest run() throws IOException {
            var documents = ImageDocuments.of(store, record);
            var mounts = mounts();
            try (var registry = RegistryTarget.of(target, store.registries(), mounts)) {
                for (int i = 0; i < documents.layers().size(); i++) {
                    layer(registry, i, documents.layers().get(i), mounts);
                }
                var config = documents.configDescriptor();
                if (registry.has(config.digest())) {
                    listener.blob(config, Step.THERE, 0);
                } else {
                    send(registry, config, new Whole(config.digest(), documents.config()));
                }
                var digest = registry.tag(documents.manifestWith(rebuilt), documents.mediaType());
                images.addName(record.image().id(), target.at(digest));
                return digest;
            }
        }

        /** Other repositories of the same registry that the image has a name in. */
        private List<String> mounts() {
            var mounts = new ArrayList<String>();
            for (var name : record.image().repositoryDigests()) {
                var other = Reference.parse(name);
                boolean same = other.domain().equals(target.domain());
                if (same && !other.path().equals(target.path()) && !mounts.contains(other.path())) {
                    mounts.add(other.path());
                }
            }
            return mounts;
        }

        private void layer(
                RegistryTarget registry, int index, Descriptor descriptor, List<String> mounts)
                throws IOException {
            if (registry.has(descriptor.digest())) {
                listener.blob(descriptor, Step.THERE, 0);
                return;
            }
            var mounted = registry.mount(descriptor.digest(), mounts);
            if (mounted.isPresent()) {
                listener.blob(descriptor, Step.MOUNTED, 0);
                return;
            }
            var blob = new LayerBlob(store, record, descriptor);
            try {
                blob.choose();
                if (blob.isRebuilt()) {
                    rebuilt.put(index, blob);
                }
                send(registry, descriptor, blob);
            } finally {
                blob.close();
            }
        }

        private void send(RegistryTarget registry, Descriptor descriptor, RegistryTarget.Blob blob)
                throws IOException {
            var sent = new LongAdder();
            registry.upload(
                    blob,
                    count -> {
                        sent.add(count);
                        sentBytes.add(count);
                        listener.blob(descriptor, Step.SENDING, sent.sum());
                    });
            listener.blob(descriptor, Step.SENT, sent.sum());
        }
    }

    /** A small blob that is in memory. */
    private static final class Whole implements RegistryTarget.Blob {
        private final Digest known;
        private final byte[] content;

        Whole(Digest known, byte[] content) {
            this.known = known;
            this.content = content;
        }

        @Override
        public Optional<Digest> digest() {
            return Optional.of(known);
        }

        @Override
        public Digest finalDigest() {
            return known;
        }

        @Override
        public InputStream open() {
            return new ByteArrayInputStream(content);
        }

        @Override
        public String toString() {
            return "blob " + known;
        }
    }
}
