package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads a file of lines whose fields end at colons, in the same little memory however long the
 * file, its lines and its fields are.
 *
 * <p>Bytes are kept one to one: a name may be in any encoding, and is only compared. White space
 * around a line does not belong to it. Confined to one thread, which closes it.
 */
final class AccountFile implements AutoCloseable {
    /** What a path has at most; a name or a number that is as long means nothing. */
    private static final int MAX_FIELD_BYTES = 4096;

    private static final int END = -1;

    private final InputStream in;
    private final byte[] buffer = new byte[8192];
    private final ByteArrayOutputStream field = new ByteArrayOutputStream(64);
    private int position;
    private int filled;
    private boolean truncated;
    private int delimiter = '\n';

    AccountFile(InputStream in) {
        this.in = in;
    }

    /** Goes to the next line; {@return whether there is one} */
    boolean nextLine() throws IOException {
        while (delimiter != '\n' && delimiter != END) {
            delimiter = read();
        }
        if (delimiter == END) {
            return false;
        }
        int first = read();
        while (first == ' ' || first == '\t' || first == '\r' || first == '\n') {
            first = read();
        }
        if (first == END) {
            delimiter = END;
            return false;
        }
        position--;
        delimiter = ':';
        return true;
    }

    private boolean hasNext() {
        return delimiter == ':' || delimiter == ',';
    }

    /** {@return the next field; empty where the line has no more of them} */
    String next() throws IOException {
        return next(':');
    }

    /** {@return whether a name is one of the list, between commas, that is the next field} */
    boolean lists(String member) throws IOException {
        while (hasNext()) {
            boolean found = next(',').equals(member);
            if (found || delimiter == ':') {
                return found;
            }
        }
        return false;
    }

    private String next(int end) throws IOException {
        field.reset();
        truncated = false;
        if (!hasNext()) {
            return "";
        }
        int each = read();
        while (each != END && each != '\n' && each != ':' && each != end) {
            if (field.size() < MAX_FIELD_BYTES) {
                field.write(each);
            } else {
                truncated = true;
            }
            each = read();
        }
        delimiter = each;
        if (truncated) {
            return "";
        }
        var text = field.toString(ISO_8859_1);
        return hasNext() ? text : text.stripTrailing();
    }

    private int read() throws IOException {
        if (position == filled) {
            filled = in.read(buffer);
            position = 0;
            if (filled <= 0) {
                filled = 0;
                return END;
            }
        }
        return buffer[position++] & 0xff;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
