package io.demitasse.linux.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what the JDK writes, by the JDK and by isa-l where that is installed. */
@Timeout(120)
class GzipChannelTest {
    /** Opens a channel in one of two ways. */
    private interface Opening {
        ReadableByteChannel over(ReadableByteChannel in) throws IOException;
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        var compressed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(compressed)) {
            gzip.write(plain);
        }
        return compressed.toByteArray();
    }

    private static byte[] content(int length) {
        var content = new byte[length];
        new Random(length).nextBytes(content);
        Arrays.fill(content, length / 3, length / 2, (byte) 7);
        return content;
    }

    private static Opening opening(boolean isal) {
        assumeTrue(!isal || GzipChannel.isNative(), "needs libisal2: run ./test");
        return isal ? GzipChannel::over : GzipChannel::byJdk;
    }

    /** Gives the input in pieces of some bytes, and takes the output into direct memory. */
    private static byte[] decompress(Opening opening, byte[] compressed, int piece)
            throws IOException {
        var in =
                new ByteArrayInputStream(compressed) {
                    @Override
                    public int read(byte[] buffer, int offset, int length) {
                        return super.read(buffer, offset, Math.min(length, piece));
                    }
                };
        var plain = new ByteArrayOutputStream();
        var buffer = ByteBuffer.allocateDirect(10_000);
        try (var channel = opening.over(Channels.newChannel(in))) {
            while (channel.read(buffer.clear()) >= 0) {
                var bytes = new byte[buffer.flip().remaining()];
                buffer.get(bytes);
                plain.writeBytes(bytes);
            }
        }
        return plain.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldDecompressMembersOneAfterAnother(boolean isal) throws IOException {
        var opening = opening(isal);
        var all = new ByteArrayOutputStream();
        var expected = new ByteArrayOutputStream();
        for (int length : List.of(0, 1, 1000, 1 << 17, 0, 2_000_000)) {
            all.writeBytes(gzip(content(length)));
            expected.writeBytes(content(length));
        }

        for (int piece : List.of(1, 7, 4096, Integer.MAX_VALUE)) {
            assertThat(decompress(opening, all.toByteArray(), piece))
                    .as("in pieces of %d", piece)
                    .isEqualTo(expected.toByteArray());
        }
        all.writeBytes(new byte[1000]);
        assertThat(decompress(opening, all.toByteArray(), 1000)).isEqualTo(expected.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRefuseWhatIsCutShortOrWrong(boolean isal) throws IOException {
        var opening = opening(isal);
        var compressed = gzip(content(1_000_000));

        for (int length : List.of(1, 5, 100, compressed.length / 2, compressed.length - 1)) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(
                            () -> decompress(opening, Arrays.copyOf(compressed, length), 1 << 16))
                    .isInstanceOfAny(CompressionException.class, EOFException.class);
        }
        for (int at : List.of(1, compressed.length - 1, compressed.length - 8)) {
            var wrong = compressed.clone();
            wrong[at] ^= 1;
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> decompress(opening, wrong, 1 << 16))
                    .isInstanceOfAny(CompressionException.class, ZipException.class);
        }
    }

    @Test
    void shouldReadIntoBuffersOfTheHeap() throws IOException {
        var plain = content(300_000);
        var channel = GzipChannel.over(Channels.newChannel(new ByteArrayInputStream(gzip(plain))));
        try (var in = Channels.newInputStream(channel)) {
            assertThat(in.readAllBytes()).isEqualTo(plain);
        }
    }
}
