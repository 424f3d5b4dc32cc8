package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;

/** One header block of a tar archive, by the offsets that POSIX gives its fields. */
final class TarHeader {
    private static final int NAME = 0;
    private static final int MODE = 100;
    private static final int UID = 108;
    private static final int GID = 116;
    private static final int SIZE = 124;
    private static final int MTIME = 136;
    private static final int CHKSUM = 148;
    private static final int TYPEFLAG = 156;
    private static final int LINKNAME = 157;
    private static final int MAGIC = 257;
    private static final int DEVMAJOR = 329;
    private static final int DEVMINOR = 337;
    private static final int PREFIX = 345;

    // where GNU has the first pieces of a sparse file instead of the prefix, and its length
    private static final int PIECES = 386;
    private static final int REAL_SIZE = 483;

    private static final int NAME_BYTES = 100;
    private static final int NUMBER_BYTES = 8;
    private static final int LONG_NUMBER_BYTES = 12;
    private static final int PREFIX_BYTES = 155;
    private static final int PIECES_OF_HEADER = 4;
    private static final int PERMISSIONS = 07777;
    private static final long MAX_ID = 0xfffffffeL;

    private final byte[] block;

    TarHeader(byte[] block) throws LayerException {
        this.block = block;
        checkSum();
    }

    private void checkSum() throws LayerException {
        int unsigned = 0;
        int signed = 0;
        for (int i = 0; i < block.length; i++) {
            boolean own = i >= CHKSUM && i < CHKSUM + NUMBER_BYTES;
            unsigned += own ? ' ' : block[i] & 0xff;
            signed += own ? ' ' : block[i];
        }
        long stored = number(CHKSUM, NUMBER_BYTES);
        if (stored != unsigned && stored != signed) {
            throw new LayerException("not a tar header: its checksum is wrong");
        }
    }

    char type() {
        return (char) (block[TYPEFLAG] & 0xff);
    }

    long size() throws LayerException {
        return number(SIZE, LONG_NUMBER_BYTES);
    }

    /** {@return whether this is a file with holes, as GNU tar says it without PAX} */
    boolean isSparse() {
        return type() == TarEntry.SPARSE && magic().equals("ustar ");
    }

    /** {@return the length of a sparse file; its {@link #size} is that of what the archive has} */
    long realSize() throws LayerException {
        return number(REAL_SIZE, LONG_NUMBER_BYTES);
    }

    /** Adds the first pieces of a sparse file; {@return whether a block with more follows} */
    boolean addPieces(SparseMap map) throws LayerException {
        return addPieces(block, PIECES, PIECES_OF_HEADER, map);
    }

    /** As above, of any block with so many. */
    static boolean addPieces(byte[] block, int from, int count, SparseMap map)
            throws LayerException {
        int flag = from + count * 2 * LONG_NUMBER_BYTES;
        for (int at = from; at < flag && block[at] != 0; at += 2 * LONG_NUMBER_BYTES) {
            map.add(
                    number(block, at, LONG_NUMBER_BYTES),
                    number(block, at + LONG_NUMBER_BYTES, LONG_NUMBER_BYTES));
        }
        return block[flag] != 0;
    }

    TarEntry entry() throws LayerException {
        var entry = new TarEntry();
        entry.name = name();
        entry.link = text(LINKNAME, NAME_BYTES);
        char type = type();
        boolean regular = type == 0 || type == TarEntry.CONTIGUOUS || isSparse();
        entry.type = regular ? TarEntry.REGULAR : type;
        entry.mode = (int) number(MODE, NUMBER_BYTES) & PERMISSIONS;
        entry.uid = id(number(UID, NUMBER_BYTES));
        entry.gid = id(number(GID, NUMBER_BYTES));
        entry.sizeBytes = size();
        entry.modified = modified();
        if (type == TarEntry.CHARACTER_DEVICE || type == TarEntry.BLOCK_DEVICE) {
            entry.major = (int) number(DEVMAJOR, NUMBER_BYTES);
            entry.minor = (int) number(DEVMINOR, NUMBER_BYTES);
        }
        return entry;
    }

    private Instant modified() throws LayerException {
        try {
            return Instant.ofEpochSecond(number(MTIME, LONG_NUMBER_BYTES));
        } catch (DateTimeException wrong) {
            throw new LayerException("tar header has a time out of range", wrong);
        }
    }

    /** {@return an id as the kernel takes it; the largest number means "leave it" there} */
    static int id(long number) throws LayerException {
        if (number < 0 || number > MAX_ID) {
            throw new LayerException("tar header has user or group id " + number);
        }
        return (int) number;
    }

    /** Only POSIX's own magic has a prefix: GNU keeps other things in its place. */
    private byte[] name() {
        var name = text(NAME, NAME_BYTES);
        var prefix = text(PREFIX, PREFIX_BYTES);
        if (!magic().equals("ustar\0") || prefix.length == 0) {
            return name;
        }
        var joined = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
        joined[prefix.length] = '/';
        System.arraycopy(name, 0, joined, prefix.length + 1, name.length);
        return joined;
    }

    private String magic() {
        return new String(block, MAGIC, 6, ISO_8859_1);
    }

    private byte[] text(int offset, int length) {
        return text(block, offset, length);
    }

    private static byte[] text(byte[] block, int offset, int length) {
        int end = offset;
        while (end < offset + length && block[end] != 0) {
            end++;
        }
        return Arrays.copyOfRange(block, offset, end);
    }

    private long number(int offset, int length) throws LayerException {
        return number(block, offset, length);
    }

    /** Octal digits, or where the first bit is set, a big-endian two's complement number. */
    private static long number(byte[] block, int offset, int length) throws LayerException {
        if ((block[offset] & 0x80) != 0) {
            return binary(block, offset, length);
        }
        var digits = new String(text(block, offset, length), ISO_8859_1).strip();
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
        } catch (NumberFormatException wrong) {
            throw new LayerException("tar header has \"" + digits + "\" for a number", wrong);
        }
    }

    private static long binary(byte[] block, int offset, int length) throws LayerException {
        boolean negative = (block[offset] & 0x40) != 0;
        long value = negative ? -1 : 0;
        for (int i = 0; i < length; i++) {
            int each = i == 0 ? (block[offset] & 0x3f) | (negative ? 0xc0 : 0) : block[offset + i];
            long shifted = (value << 8) | (each & 0xff);
            if (shifted >> 8 != value) {
                throw new LayerException("tar header has a number beyond 64 bits");
            }
            value = shifted;
        }
        return value;
    }
}
