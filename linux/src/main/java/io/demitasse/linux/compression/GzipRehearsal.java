package io.demitasse.linux.compression;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/**
 * Tries the library once before it is believed: its header, which says where things are in its
 * state, is not at hand at run time.
 */
final class GzipRehearsal {
    private static final int BYTES = 10_000;

    private GzipRehearsal() {}

    /** {@return whether two members come out as they went in, and a wrong checksum is seen} */
    static boolean succeeds(IsalCalls calls) {
        var plain = new byte[2 * BYTES];
        for (int i = 0; i < plain.length; i++) {
            plain[i] = (byte) ((i * i) >>> 7);
        }
        try {
            var members = new ByteArrayOutputStream();
            members.writeBytes(gzip(Arrays.copyOf(plain, BYTES)));
            members.writeBytes(gzip(Arrays.copyOfRange(plain, BYTES, plain.length)));
            var compressed = members.toByteArray();
            if (!Arrays.equals(inflate(calls, compressed, plain.length + 1), plain)) {
                return false;
            }
            compressed[compressed.length - 8] ^= 1;
            var _ = inflate(calls, compressed, plain.length + 1);
            return false;
        } catch (CompressionException wrong) {
            return String.valueOf(wrong.getMessage()).endsWith("incorrect checksum");
        } catch (IOException impossible) {
            return false;
        }
    }

    private static byte[] inflate(IsalCalls calls, byte[] compressed, int most) throws IOException {
        var in = Channels.newChannel(new ByteArrayInputStream(compressed));
        try (var channel = new IsalChannel(calls, in)) {
            var out = ByteBuffer.allocate(most);
            while (out.hasRemaining() && channel.read(out) >= 0) {
                // until it is full or there is no more
            }
            return Arrays.copyOf(out.array(), out.position());
        }
    }

    private static byte[] gzip(byte[] content) throws IOException {
        var compressed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(compressed)) {
            gzip.write(content);
        }
        return compressed.toByteArray();
    }
}
