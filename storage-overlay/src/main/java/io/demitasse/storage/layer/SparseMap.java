package io.demitasse.storage.layer;

import java.util.Arrays;

/**
 * Which pieces of a file with holes an archive has, in ascending order. Filled in by its reader,
 * then only read.
 */
final class SparseMap {
    /** Four megabytes of memory, and far more fragments than the file of any image has. */
    static final int MAX_PIECES = 1 << 18;

    private long[] numbers = new long[8]; // offset and length by turns
    private int count;
    private long end;
    private long bytes;

    /** Adds the next piece. */
    void add(long offset, long length) throws LayerException {
        if (count == MAX_PIECES) {
            throw new LayerException("a sparse file of more than " + MAX_PIECES + " pieces");
        }
        if (offset < end || length < 0 || offset > Long.MAX_VALUE - length) {
            throw new LayerException(
                    "a sparse file has %d bytes at %d, after those up to %d"
                            .formatted(length, offset, end));
        }
        if (2 * count == numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * numbers.length);
        }
        numbers[2 * count] = offset;
        numbers[2 * count + 1] = length;
        count++;
        end = offset + length;
        bytes += length;
    }

    /** Refuses a map that is not about a file of this length with so many bytes in the archive. */
    void check(long fileBytes, long archivedBytes) throws LayerException {
        if (end > fileBytes) {
            throw new LayerException(
                    "a sparse file of " + fileBytes + " bytes has a piece up to " + end);
        }
        if (bytes != archivedBytes) {
            throw new LayerException(
                    "a sparse file has pieces of %d bytes, and %d in the archive"
                            .formatted(bytes, archivedBytes));
        }
    }

    int count() {
        return count;
    }

    /** {@return where in the file a piece begins} */
    long offset(int piece) {
        return numbers[2 * piece];
    }

    long length(int piece) {
        return numbers[2 * piece + 1];
    }
}
