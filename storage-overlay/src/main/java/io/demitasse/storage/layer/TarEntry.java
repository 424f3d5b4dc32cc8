package io.demitasse.storage.layer;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The header of one entry of an archive. Filled in by its reader, then only read. */
final class TarEntry {
    static final char REGULAR = '0';
    static final char HARD_LINK = '1';
    static final char SYMBOLIC_LINK = '2';
    static final char CHARACTER_DEVICE = '3';
    static final char BLOCK_DEVICE = '4';
    static final char DIRECTORY = '5';
    static final char FIFO = '6';
    static final char CONTIGUOUS = '7';
    static final char SPARSE = 'S';

    byte[] name = {};
    byte[] link = {};
    char type;
    int mode;
    int uid;
    int gid;
    int major;
    int minor;
    long sizeBytes; // of the file, holes included
    Optional<SparseMap> sparse = Optional.empty();
    Instant modified = Instant.EPOCH;
    final Map<String, byte[]> attributes = new LinkedHashMap<>();

    /** {@return whether contents follow the header; what others say of their size means nothing} */
    boolean hasContents() {
        return type == REGULAR;
    }
}
