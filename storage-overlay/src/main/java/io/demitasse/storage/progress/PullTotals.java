package io.demitasse.storage.progress;

/**
 * What pulls have come to since the store was opened; each only grows.
 *
 * @param receivedBytes of layers, from registries: what was kept from an earlier pull is not in it
 * @param unpackedBytes of those layers, compressed
 * @param succeeded pulls that gave an image
 * @param failed pulls that did not, cancelled ones among them
 */
public record PullTotals(long receivedBytes, long unpackedBytes, long succeeded, long failed) {}
