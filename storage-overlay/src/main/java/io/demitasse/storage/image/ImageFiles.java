package io.demitasse.storage.image;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.FileFd;
import io.demitasse.storage.layer.LayerStack;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads single files of images without mounting them.
 *
 * <p><b>Threads.</b> Shared; {@code identities} is guarded by itself.
 */
public final class ImageFiles {
    private static final int MAX_IDENTITIES = 256;
    private static final int MAX_CHARACTERS_KEPT = 512;
    private static final int MAX_GROUPS_KEPT = 64;

    private final ImageStore store;
    private final Map<Key, UserIdentity> identities = new LinkedHashMap<>();

    private record Key(String image, UserSpecification user) {}

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

    /**
     * {@return who somebody is in an image}
     *
     * <p>Images do not change, so the usual answers are kept: each takes some hundred bytes,
     * whatever the image's files hold.
     */
    public UserIdentity user(Image image, UserSpecification user)
            throws UnknownUserException, IOException {
        var key = new Key(image.id(), user);
        synchronized (identities) {
            var known = identities.get(key);
            if (known != null) {
                return known;
            }
        }
        var identity = read(image, user);
        if (user.length() + identity.home().length() <= MAX_CHARACTERS_KEPT
                && identity.groups().size() <= MAX_GROUPS_KEPT) {
            keep(key, identity);
        }
        return identity;
    }

    private void keep(Key key, UserIdentity identity) {
        synchronized (identities) {
            if (identities.size() >= MAX_IDENTITIES) {
                identities.remove(identities.keySet().iterator().next());
            }
            identities.put(key, identity);
        }
    }

    private UserIdentity read(Image image, UserSpecification user)
            throws UnknownUserException, IOException {
        try (var stack = LayerStack.open(store.layers(image))) {
            return new UserDatabase(path ->
                    stack.open(path).map(FileFd::input).orElseGet(InputStream::nullInputStream))
                    .resolve(user);
        }
    }
}
