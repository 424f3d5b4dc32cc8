package io.demitasse.linux.compression;

import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.zip.GZIPInputStream;

/**
 * Decompresses gzip as it reads: any number of members; what follows the last one is ignored.
 *
 * <p>By the system's isa-l where it is installed, else by the JDK.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1952">RFC 1952</a>
 */
public final class GzipChannel {
    private static final int BUFFER_BYTES = 1 << 16;

    private GzipChannel() {}

    /** Takes ownership of a channel. The thread that reads closes what it gets. */
    public static ReadableByteChannel over(ReadableByteChannel in) throws IOException {
        var isal = IsalCalls.link();
        return isal.isPresent() ? new IsalChannel(isal.get(), in) : byJdk(in);
    }

    static ReadableByteChannel byJdk(ReadableByteChannel in) throws IOException {
        return Channels.newChannel(
                new GZIPInputStream(new Members(Channels.newInputStream(in)), BUFFER_BYTES));
    }

    /** {@return whether isa-l decompresses} */
    static boolean isNative() {
        return IsalCalls.link().isPresent();
    }

    /** The JDK looks for a further member only where something is said to be available. */
    private static final class Members extends FilterInputStream {
        Members(java.io.InputStream in) {
            super(in);
        }

        @Override
        public int available() {
            return 1;
        }
    }
}
