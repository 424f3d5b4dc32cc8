package io.demitasse.storage.image;

import io.demitasse.linux.SyscallException;
import io.demitasse.storage.layer.LayerStack;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads single files of images without mounting them.
 *
 * <p><b>Threads.</b> Shared; {@code databases} is guarded by itself.
 */
public final class ImageFiles {
    private static final int MAX_DATABASE_BYTES = 1 << 20;
    private static final int MAX_DATABASES = 256;

    private final ImageStore store;
    private final Map<String, UserDatabase> databases = new LinkedHashMap<>();

    /** Over the images of a store. */
    public ImageFiles(ImageStore store) {
        this.store = store;
    }

    /**
     * {@return a regular file's contents, links followed inside the image, or empty if there is
     * none}
     *
     * @throws SyscallException with {@code EFBIG} if it is longer than the limit
     */
    public Optional<byte[]> read(Image image, String path, int maxBytes) throws SyscallException {
        try (var stack = LayerStack.open(store.layers(image))) {
            return stack.read(path, maxBytes);
        }
    }

    /** {@return the users and groups of an image; read once and kept: images do not change} */
    public UserDatabase users(Image image) throws SyscallException {
        synchronized (databases) {
            var known = databases.get(image.id());
            if (known != null) {
                return known;
            }
        }
        var database = readUsers(image);
        synchronized (databases) {
            if (databases.size() == MAX_DATABASES) {
                databases.remove(databases.keySet().iterator().next());
            }
            databases.put(image.id(), database);
        }
        return database;
    }

    private UserDatabase readUsers(Image image) throws SyscallException {
        try (var stack = LayerStack.open(store.layers(image))) {
            return UserDatabase.of(
                    stack.read("etc/passwd", MAX_DATABASE_BYTES).orElse(new byte[0]),
                    stack.read("etc/group", MAX_DATABASE_BYTES).orElse(new byte[0]));
        }
    }
}
