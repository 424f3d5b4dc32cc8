package io.demitasse.storage.layer;

/**
 * Something in a layer that is not as it was unpacked.
 *
 * @param path within the layer, or empty for the layer as a whole
 * @param what a clause that says in which way
 */
public record LayerDifference(String path, String what) {}
