package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

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

    private static final int MAX_LENGTH_DIGITS = 9;

    private PaxRecords() {}

    static Map<String, byte[]> parse(byte[] header) throws LayerException {
        var records = new LinkedHashMap<String, byte[]>();
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
            if (value.length > 0 || key.startsWith(ATTRIBUTE)) {
                records.put(key, value); // an empty value means: as if it were not there
            }
            at = end;
        }
        return records;
    }

    static long number(byte[] value) throws LayerException {
        try {
            return Long.parseLong(new String(value, ISO_8859_1));
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
