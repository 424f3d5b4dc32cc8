package io.demitasse.storage.registry;

import io.demitasse.storage.progress.LayerMeter;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;

/** Somewhere that one image can be had from. */
public interface ImageSource {
    /** {@return the image's manifest for a platform, verified} */
    ResolvedImage resolve(Platform platform) throws PullException;

    /**
     * Opens a blob. The channel throws {@link PullException} instead of ending if the content is
     * not exactly what the descriptor says; the caller reads it to its end and closes it.
     *
     * @param meter is told what comes, and what is read
     */
    ReadableByteChannel open(Descriptor descriptor, LayerMeter meter) throws PullException;

    /** As above, while nobody looks. */
    default ReadableByteChannel open(Descriptor descriptor) throws PullException {
        return open(descriptor, LayerMeter.unwatched(descriptor.digest(), descriptor.sizeBytes()));
    }

    /** A layer was read to its end, and is in the store: what was kept of its blob may go. */
    default void used(Descriptor descriptor) throws IOException {
        forget(descriptor);
    }

    /**
     * Lets go of what is kept of a blob: it was used, or it is wrong.
     *
     * @return whether something that an earlier attempt had left was in what {@link #open} gave
     */
    default boolean forget(Descriptor descriptor) throws IOException {
        return false;
    }
}
