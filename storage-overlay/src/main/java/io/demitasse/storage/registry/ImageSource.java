package io.demitasse.storage.registry;

import io.demitasse.linux.SyscallException;
import io.demitasse.storage.progress.LayerMeter;
import java.io.IOException;
import java.io.InterruptedIOException;
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

    /** Something that is done with a blob, from its first byte on. */
    interface Reading<T> {
        T run() throws IOException;
    }

    /**
     * Opens and reads a blob, and does so again while what came is wrong and something else may
     * come: from somewhere else, or without what an earlier attempt has left.
     */
    default <T> T persistently(Descriptor descriptor, Reading<T> reading) throws IOException {
        while (true) {
            try {
                return reading.run();
            } catch (InterruptedIOException stopped) {
                throw stopped;
            } catch (PullException failure) {
                if (failure.isTransient() || !isWrong(descriptor)) {
                    throw failure;
                }
            } catch (SyscallException ours) {
                forget(descriptor);
                throw ours;
            } catch (IOException failure) {
                if (!isWrong(descriptor)) {
                    throw failure;
                }
            }
        }
    }

    /**
     * Lets go of what is kept of a blob, which is wrong; {@return whether {@link #open} may give
     * something else}
     */
    default boolean isWrong(Descriptor descriptor) throws IOException {
        return forget(descriptor);
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
