package io.demitasse.storage.overlay;

import io.demitasse.linux.mount.DetachedMount;

/**
 * A read-only mount of an image, or of a part of it, attached nowhere. Closing it unmounts it.
 *
 * @param file whether it is the mount of a file, not of a directory
 */
public record ImageVolume(DetachedMount mount, boolean file) implements AutoCloseable {
    @Override
    public void close() {
        mount.close();
    }
}
