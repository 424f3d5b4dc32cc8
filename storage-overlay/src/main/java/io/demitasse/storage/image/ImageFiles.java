package io.demitasse.storage.image;

import io.demitasse.linux.SyscallException;
import java.util.Optional;

/** Reads single files of images without mounting them. */
@SuppressWarnings({
    "DoNotCallSuggester",
    "ObjectToString",
    "UnusedVariable",
    "UnusedMethod"
}) // the API first
public final class ImageFiles {
    private final ImageStore store;

    /** Over the images of a store. */
    public ImageFiles(ImageStore store) {
        this.store = store;
    }

    /** {@return a file's contents, links followed inside the image, or empty if there is none} */
    public Optional<byte[]> read(Image image, String path, int maxBytes) throws SyscallException {
        throw new UnsupportedOperationException(store + path + image + maxBytes);
    }

    /** {@return the users and groups of an image; read once and kept} */
    public UserDatabase users(Image image) throws SyscallException {
        throw new UnsupportedOperationException("users " + image);
    }
}
