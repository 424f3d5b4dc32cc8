package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.demitasse.storage.reference.Digest;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Many paths in eight bytes each: the start of a SHA-256, which no two of a layer's paths share.
 *
 * <p>What is added is found after {@link #finish}.
 */
final class PathSet {
    private long[] hashes = new long[1 << 8];
    private int size;

    void add(LayerPath path) {
        if (size == hashes.length) {
            hashes = Arrays.copyOf(hashes, size * 2);
        }
        hashes[size++] = hash(path);
    }

    void finish() {
        Arrays.sort(hashes, 0, size);
    }

    boolean contains(LayerPath path) {
        return Arrays.binarySearch(hashes, 0, size, hash(path)) >= 0;
    }

    private static long hash(LayerPath path) {
        var digest = Digest.sha256().digest(path.bytes().getBytes(ISO_8859_1));
        return ByteBuffer.wrap(digest).getLong();
    }
}
