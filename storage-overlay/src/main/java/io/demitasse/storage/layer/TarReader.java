package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a tar archive front to back: ustar, PAX and GNU headers, files with holes, names as bytes.
 *
 * {@snippet :
 * for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
 *     reader.contents(most); // empty at the end of the entry's contents
 * }
 * }
 *
 * @see <a href="https://www.gnu.org/software/tar/manual/html_node/Standard.html">GNU tar, basic tar
 *     format</a>
 */
final class TarReader {
    private static final int BLOCK_BYTES = 512;
    private static final int MAX_HEADER_BYTES = 1 << 20;

    private final LayerPipe in;
    private final byte[] header = new byte[BLOCK_BYTES];
    private long remainingBytes;
    private long paddingBytes;

    TarReader(LayerPipe in) {
        this.in = in;
    }

    /** {@return the next entry, or empty at the end of the archive} */
    Optional<TarEntry> next() throws IOException {
        byte[] longName = {};
        byte[] longLink = {};
        Map<String, byte[]> extended = Map.of();
        while (readHeader()) {
            var fields = new TarHeader(header);
            switch (fields.type()) {
                case 'L' -> longName = untilNul(extension(fields));
                case 'K' -> longLink = untilNul(extension(fields));
                case 'x' -> extended = PaxRecords.parse(extension(fields));
                case 'g' -> extension(fields); // defaults for all that follows: nobody uses it
                default -> {
                    return Optional.of(entry(fields, longName, longLink, extended));
                }
            }
        }
        return Optional.empty();
    }

    private TarEntry entry(
            TarHeader fields, byte[] longName, byte[] longLink, Map<String, byte[]> extended)
            throws IOException {
        var entry = fields.entry();
        if (longName.length > 0) {
            entry.name = longName;
        }
        if (longLink.length > 0) {
            entry.link = longLink;
        }
        extend(entry, extended);
        if (entry.type == TarEntry.REGULAR && endsWithSlash(entry.name)) {
            entry.type = TarEntry.DIRECTORY; // how tar said so before 1988
        }
        begin(entry.hasContents() ? entry.sizeBytes : 0);
        remainingBytes -= SparseHeaders.read(entry, fields, extended, in);
        return entry;
    }

    private static void extend(TarEntry entry, Map<String, byte[]> extended) throws LayerException {
        for (var field : extended.entrySet()) {
            var value = field.getValue();
            switch (field.getKey()) {
                case "path" -> entry.name = value;
                case "linkpath" -> entry.link = value;
                case "size" -> entry.sizeBytes = PaxRecords.number(value);
                case "uid" -> entry.uid = TarHeader.id(PaxRecords.number(value));
                case "gid" -> entry.gid = TarHeader.id(PaxRecords.number(value));
                case "mtime" -> entry.modified = time(value);
                case String key when key.startsWith(PaxRecords.ATTRIBUTE) ->
                        entry.attributes.put(key.substring(PaxRecords.ATTRIBUTE.length()), value);
                default -> {} // comments, access times and what vendors add
            }
        }
    }

    private static Instant time(byte[] value) throws LayerException {
        var text = new String(value, ISO_8859_1);
        try {
            int point = text.indexOf('.');
            long seconds = Long.parseLong(point < 0 ? text : text.substring(0, point));
            var fraction = point < 0 ? "" : text.substring(point + 1);
            var nanos = (fraction + "000000000").substring(0, 9);
            long adjustment = Integer.parseInt(nanos) * (text.startsWith("-") ? -1L : 1L);
            return Instant.ofEpochSecond(seconds, adjustment);
        } catch (NumberFormatException | DateTimeException wrong) {
            throw new LayerException("PAX header has mtime \"" + text + "\"", wrong);
        }
    }

    /**
     * {@return the next contents of the current entry, at most so many bytes, in memory that is
     * theirs until the next call; or empty at their end}
     */
    Optional<ByteBuffer> contents(long most) throws IOException {
        long wanted = Math.min(most, remainingBytes);
        if (wanted == 0) {
            return Optional.empty();
        }
        var bytes = in.next((int) Math.min(Integer.MAX_VALUE, wanted));
        if (bytes == null) {
            throw truncated();
        }
        remainingBytes -= bytes.remaining();
        return Optional.of(bytes);
    }

    private void begin(long bytes) throws LayerException {
        if (bytes < 0) {
            throw new LayerException("tar header has a negative size");
        }
        remainingBytes = bytes;
        paddingBytes = -bytes & (BLOCK_BYTES - 1);
    }

    private byte[] extension(TarHeader fields) throws IOException {
        long size = fields.size();
        if (size < 0 || size > MAX_HEADER_BYTES) {
            throw new LayerException("tar header extension of " + size + " bytes");
        }
        begin(size);
        var contents = in.readNBytes((int) size);
        if (contents.length < size) {
            throw truncated();
        }
        remainingBytes = 0;
        return contents;
    }

    /** {@return whether there is another header: the archive ends with a block of zeros} */
    private boolean readHeader() throws IOException {
        skip(remainingBytes);
        // Some writers leave out the zeros after the last entry: what is missing there is nothing.
        int padding = in.readNBytes(header, 0, (int) paddingBytes);
        if (padding < paddingBytes) {
            return false;
        }
        begin(0);
        int count = in.readNBytes(header, 0, BLOCK_BYTES);
        if (count == 0) {
            return false;
        }
        if (count < BLOCK_BYTES) {
            throw truncated();
        }
        for (byte each : header) {
            if (each != 0) {
                return true;
            }
        }
        return false;
    }

    private void skip(long bytes) throws IOException {
        for (long left = bytes; left > 0; ) {
            long skipped = in.skip(left);
            if (skipped <= 0) {
                if (in.read() < 0) {
                    throw truncated();
                }
                skipped = 1;
            }
            left -= skipped;
        }
    }

    static LayerException truncated() {
        return new LayerException("the archive ends in the middle of an entry");
    }

    private static boolean endsWithSlash(byte[] name) {
        return name.length > 0 && name[name.length - 1] == '/';
    }

    private static byte[] untilNul(byte[] field) {
        int length = 0;
        while (length < field.length && field[length] != 0) {
            length++;
        }
        return Arrays.copyOf(field, length);
    }
}
