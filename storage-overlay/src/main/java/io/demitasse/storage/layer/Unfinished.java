package io.demitasse.storage.layer;

import java.util.Set;

/**
 * What a layer leaves to the layers below it, to be made good when those are there.
 *
 * @param undescribed directories that no entry described, though it was in one: parents of others
 * @param links hard links to files that are not in the layer
 * @param opaqueRoot whether nothing below the layer is to be seen
 */
record Unfinished(Set<LayerPath> undescribed, LowerLinks links, boolean opaqueRoot) {
    static Unfinished nothing() {
        return new Unfinished(Set.of(), new LowerLinks(), false);
    }

    boolean isNothing() {
        return undescribed.isEmpty() && links.isEmpty() && !opaqueRoot;
    }
}
