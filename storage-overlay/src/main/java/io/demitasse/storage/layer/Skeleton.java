package io.demitasse.storage.layer;

/**
 * The form of a layer's skeleton: its archive, but for the contents of its files.
 *
 * <p>Compressed with gzip, a sequence of records, numbers in big endian:
 *
 * <pre>
 * 'L' int length, bytes                        what stood there: headers, padding, the end
 * 'F' int length, path, long size, int CRC-32C contents of a file of the layer
 * 'P' long offset, and as 'F'                  contents of a piece of a file with holes
 * 'E'                                          the end
 * </pre>
 *
 * <p>A layer that is one file of an artifact has just that file: its blob is the file, and no
 * archive.
 */
final class Skeleton {
    static final byte LITERAL = 'L';
    static final byte FILE = 'F';
    static final byte PIECE = 'P';
    static final byte END = 'E';

    /** Longer literals are cut into several. */
    static final int MAX_LITERAL_BYTES = 1 << 16;

    private Skeleton() {}
}
