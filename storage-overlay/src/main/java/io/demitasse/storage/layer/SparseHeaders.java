package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * Reads where a file has holes, in the four ways that GNU tar has said it: in its own headers, and
 * in PAX records of the versions 0.0, 0.1 and 1.0, the last of which has the map before the
 * contents.
 *
 * @see <a href="https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html">GNU tar,
 *     storing sparse files</a>
 */
final class SparseHeaders {
    private static final int BLOCK_BYTES = 512;
    private static final int PIECES_OF_EXTENSION = 21;

    private SparseHeaders() {}

    /**
     * Completes the entry of a file with holes, of which so many bytes are in the archive.
     *
     * @return how many of these were the map
     */
    static long read(TarEntry entry, TarHeader fields, Map<String, byte[]> pax, LayerPipe in)
            throws IOException {
        boolean inRecords =
                pax.keySet().stream().anyMatch(key -> key.startsWith(PaxRecords.SPARSE));
        if (!inRecords && !fields.isSparse()) {
            return 0;
        }
        if (inRecords && (fields.isSparse() || entry.type != TarEntry.REGULAR)) {
            throw new LayerException("a header of type '" + fields.type() + "' with PAX's holes");
        }
        long archivedBytes = entry.sizeBytes;
        var map = new SparseMap();
        long mapBytes = 0;
        if (fields.isSparse()) {
            ofGnu(fields, map, in);
            entry.sizeBytes = fields.realSize();
        } else {
            mapBytes = ofPax(pax, map, in, archivedBytes);
            entry.sizeBytes = size(pax);
            entry.name = pax.getOrDefault("GNU.sparse.name", entry.name);
        }
        map.check(entry.sizeBytes, archivedBytes - mapBytes);
        entry.sparse = Optional.of(map);
        return mapBytes;
    }

    private static void ofGnu(TarHeader fields, SparseMap map, LayerPipe in) throws IOException {
        boolean more = fields.addPieces(map);
        for (var block = new byte[BLOCK_BYTES]; more; ) {
            readBlock(in, block);
            more = TarHeader.addPieces(block, 0, PIECES_OF_EXTENSION, map);
        }
    }

    private static long ofPax(Map<String, byte[]> pax, SparseMap map, LayerPipe in, long archived)
            throws IOException {
        var version = text(pax, "GNU.sparse.major", "0") + "." + text(pax, "GNU.sparse.minor", "0");
        return switch (version) {
            case "0.0", "0.1" -> ofRecord(pax, map);
            case "1.0" -> ofContents(map, in, archived);
            default ->
                    throw new LayerException(
                            "sparse files of version " + version + " are not supported");
        };
    }

    private static long ofRecord(Map<String, byte[]> pax, SparseMap map) throws LayerException {
        long blocks = number(pax, "GNU.sparse.numblocks");
        var numbers = text(pax, PaxRecords.SPARSE_MAP, "").split(",", -1);
        boolean none = numbers.length == 1 && numbers[0].isEmpty();
        int count = none ? 0 : numbers.length;
        if (count % 2 != 0 || blocks != count / 2) {
            throw new LayerException("a sparse file's map has not the pieces that it should");
        }
        for (int i = 0; i < count; i += 2) {
            map.add(PaxRecords.number(numbers[i]), PaxRecords.number(numbers[i + 1]));
        }
        return 0;
    }

    /** Lines of decimal numbers: how many pieces, then offset and length of each, then padding. */
    private static long ofContents(SparseMap map, LayerPipe in, long archived) throws IOException {
        var lines = new Lines(in, archived);
        for (long left = lines.number(); left > 0; left--) {
            long offset = lines.number();
            map.add(offset, lines.number());
        }
        return lines.bytes;
    }

    /** Numbers in as many blocks as they need. */
    private static final class Lines {
        private final LayerPipe in;
        private final long maxBytes;
        private final byte[] block = new byte[BLOCK_BYTES];
        private int at = BLOCK_BYTES;
        private long bytes;

        Lines(LayerPipe in, long maxBytes) {
            this.in = in;
            this.maxBytes = maxBytes;
        }

        long number() throws IOException {
            var digits = new StringBuilder();
            for (char next = next(); next != '\n'; next = next()) {
                digits.append(next);
                if (digits.length() > 19) {
                    break; // which is no number
                }
            }
            return PaxRecords.number(digits.toString());
        }

        private char next() throws IOException {
            if (at == BLOCK_BYTES) {
                if (bytes + BLOCK_BYTES > maxBytes) {
                    throw new LayerException("a sparse file's map goes beyond its contents");
                }
                readBlock(in, block);
                bytes += BLOCK_BYTES;
                at = 0;
            }
            return (char) (block[at++] & 0xff);
        }
    }

    private static void readBlock(LayerPipe in, byte[] block) throws IOException {
        if (in.readNBytes(block, 0, BLOCK_BYTES) < BLOCK_BYTES) {
            throw TarReader.truncated();
        }
    }

    private static long size(Map<String, byte[]> pax) throws LayerException {
        var key = "GNU.sparse.realsize";
        return number(pax, pax.containsKey(key) ? key : "GNU.sparse.size");
    }

    private static long number(Map<String, byte[]> pax, String key) throws LayerException {
        return PaxRecords.number(text(pax, key, ""));
    }

    private static String text(Map<String, byte[]> pax, String key, String otherwise) {
        var value = pax.get(key);
        return value == null ? otherwise : new String(value, ISO_8859_1);
    }
}
