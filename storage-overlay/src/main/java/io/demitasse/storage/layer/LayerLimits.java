package io.demitasse.storage.layer;

/**
 * What one layer may contain at most.
 *
 * @param entries files, directories, links and whiteouts
 * @param bytes of the archive, unpacked
 */
public record LayerLimits(long entries, long bytes) {
    /** Far above any honest image, far below what would fill a node unnoticed. */
    public static final LayerLimits DEFAULT = new LayerLimits(4_000_000, 128L << 30);
}
