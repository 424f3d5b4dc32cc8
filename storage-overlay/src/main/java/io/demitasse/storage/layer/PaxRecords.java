package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The records of a PAX header: {@code LENGTH KEY=VALUE\n}, where the value is bytes.
 *
 * @see <a href="https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html">pax</a>
 */
final class PaxRecords {
    /** What comes before the name of an extended attribute. */
    static final String ATTRIBUTE = "SCHILY.xattr.";

    /** What comes before all that GNU tar says of files with holes. */
    static final String SPARSE = "GNU.sparse.";

    /** Offset and length of each piece by turns, with commas between them. */
    static final String SPARSE_MAP = "GNU.sparse.map";

    private static final String SPARSE_OFFSET = "GNU.sparse.offset";
    private static final String SPARSE_LENGTH = "GNU.sparse.numbytes";
    private static final int MAX_LENGTH_DIGITS = 9;

    private PaxRecords() {}

    static Map<String, byte[]> parse(byte[] header) throws LayerException {
        var records = new LinkedHashMap<String, byte[]>();
        var pieces = new ByteArrayOutputStream();
        int numbers = 0;
        for (int at = 0; at < header.length; ) {
            int space = indexOf(header, ' ', at, Math.min(header.length, at + MAX_LENGTH_DIGITS));
            long length = number(Arrays.copyOfRange(header, at, space));
            int end = (int) Math.min(at + length, Integer.MAX_VALUE);
            if (end <= space + 1 || end > header.length || header[end - 1] != '\n') {
                throw malformed();
            }
            int equals = indexOf(header, '=', space + 1, end);
            var key = new String(header, space + 1, equals - space - 1, UTF_8);
            var value = Arrays.copyOfRange(header, equals + 1, end - 1);
            if (key.equals(SPARSE_OFFSET) || key.equals(SPARSE_LENGTH)) {
                if (key.equals(SPARSE_OFFSET) != (numbers++ % 2 == 0)) {
                    throw malformed();
                }
                pieces.writeBytes(value);
                pieces.write(',');
            } else if (value.length > 0 || key.startsWith(ATTRIBUTE)) {
                records.put(key, value); // an empty value means: as if it were not there
            }
            at = end;
        }
        if (numbers > 0) {
            // the only records that come more than once, in version 0.0 alone
            records.put(SPARSE_MAP, Arrays.copyOf(pieces.toByteArray(), pieces.size() - 1));
        }
        return records;
    }

    static long number(byte[] value) throws LayerException {
        return number(new String(value, ISO_8859_1));
    }

    static long number(String digits) throws LayerException {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException wrong) {
            throw new LayerException("malformed number in a PAX header", wrong);
        }
    }

    private static int indexOf(byte[] bytes, char wanted, int from, int to) throws LayerException {
        for (int i = from; i < to; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        throw malformed();
    }

    private static LayerException malformed() {
        return new LayerException("malformed PAX header");
    }
}
