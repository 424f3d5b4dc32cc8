package io.demitasse.storage.image;

import io.demitasse.linux.SyscallException;
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

    /** {@return who holds any of these images} */
    synchronized Set<String> holders(Set<String> images) {
        var holders = new HashSet<String>();
        images.forEach(image -> holders.addAll(containers.getOrDefault(image, Set.of())));
        return holders;
    }

    /** Something that takes no longer than a rename. */
    interface Change {
        void run() throws SyscallException;
    }

    /** Does something while none of these images can come to be held; {@return whether none was} */
    synchronized boolean unlessHeld(Set<String> images, Change change) throws SyscallException {
        if (!holders(images).isEmpty()) {
            return false;
        }
        change.run();
        return true;
    }

    /** The image is here again. */
    synchronized void revive(String image) {
        ended.remove(image);
    }
}
