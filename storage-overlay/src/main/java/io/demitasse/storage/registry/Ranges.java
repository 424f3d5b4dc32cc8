package io.demitasse.storage.registry;

/**
 * How a big blob is asked for in pieces, several at a time.
 *
 * <p>Pieces wait in memory until it is their turn to be written: a blob takes {@code pieceBytes}
 * times {@code connections} of it, which is also what a killed process loses.
 *
 * @param leastBytes of a blob for which this is done
 */
public record Ranges(long leastBytes, int pieceBytes, int connections) {
    /** For registries anywhere in the world. */
    public static final Ranges DEFAULT = new Ranges(100L << 20, 2 << 20, 4);
}
