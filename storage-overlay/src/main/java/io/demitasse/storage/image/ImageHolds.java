package io.demitasse.storage.image;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which containers use which image. All state is guarded by this; nothing here waits for anything.
 *
 * <p>An image that has ended cannot be held any more, so that its layers may go.
 */
final class ImageHolds {
    private final Map<String, Set<String>> containers = new HashMap<>();
    private final Set<String> ended = new HashSet<>();

    synchronized void add(String image, String container) {
        if (ended.contains(image)) {
            throw new IllegalStateException("image " + image + " was removed");
        }
        containers.computeIfAbsent(image, _ -> new HashSet<>()).add(container);
    }

    /** {@return whether that was the last one} */
    synchronized boolean remove(String image, String container) {
        var holders = containers.get(image);
        if (holders == null || !holders.remove(container) || !holders.isEmpty()) {
            return false;
        }
        containers.remove(image);
        return true;
    }

    /** {@return whether nobody held it, and from now on nobody can} */
    synchronized boolean endUnlessHeld(String image) {
        return !containers.containsKey(image) && ended.add(image);
    }

    /** The image is here again. */
    synchronized void revive(String image) {
        ended.remove(image);
    }
}
