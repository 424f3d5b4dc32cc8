package io.demitasse.linux.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what the command zstd writes. */
@Timeout(120)
class ZstdChannelTest {
    /** A skippable frame of three bytes. */
    private static final byte[] SKIPPABLE = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};

    @TempDir static Path directory;

    @BeforeAll
    static void look() {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/zstd")), "needs zstd: run ./test");
    }

    private static byte[] compress(byte[] plain, String... options) throws Exception {
        var file = Files.write(directory.resolve("plain"), plain);
        var command = new java.util.ArrayList<>(List.of("zstd", "-q", "-c"));
        command.addAll(List.of(options));
        command.add(file.toString());
        var process = new ProcessBuilder(command).start();
        var compressed = process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).isZero();
        return compressed;
    }

    private static byte[] content(int length) {
        var content = new byte[length];
        new Random(length).nextBytes(content);
        Arrays.fill(content, length / 3, length / 2, (byte) 7);
        return content;
    }

    private static byte[] decompress(byte[] compressed) throws IOException {
        var in = Channels.newChannel(new ByteArrayInputStream(compressed));
        try (var channel = ZstdChannel.over(in);
                var stream = Channels.newInputStream(channel)) {
            return stream.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1000, 1 << 17, (1 << 17) + 1, 5_000_000})
    void shouldDecompressWhatZstdCompresses(int length) throws Exception {
        var plain = content(length);

        assertThat(decompress(compress(plain))).isEqualTo(plain);
        assertThat(decompress(compress(plain, "-19", "--long=27", "--check"))).isEqualTo(plain);
    }

    @Test
    void shouldReadFramesOneAfterAnother() throws Exception {
        var all = new ByteArrayOutputStream();
        all.writeBytes(compress(content(300_000)));
        all.writeBytes(SKIPPABLE);
        all.writeBytes(compress(content(5)));

        var expected = Arrays.copyOf(content(300_000), 300_005);
        System.arraycopy(content(5), 0, expected, 300_000, 5);
        assertThat(decompress(all.toByteArray())).isEqualTo(expected);
        assertThat(decompress(new byte[0])).isEmpty();
    }

    @Test
    void shouldRefuseWhatIsCutShortOrWrong() throws Exception {
        var compressed = compress(content(1_000_000), "--check");

        for (int length : List.of(1, 5, 100, compressed.length / 2, compressed.length - 1)) {
            assertThatExceptionOfType(CompressionException.class)
                    .isThrownBy(() -> decompress(Arrays.copyOf(compressed, length)))
                    .withMessage("zstd: ends within a frame");
        }
        compressed[compressed.length - 1] ^= 1;
        assertThatExceptionOfType(CompressionException.class)
                .isThrownBy(() -> decompress(compressed))
                .withMessageContaining("checksum");
    }

    @Test
    void shouldRefuseWindowBeyondTheLimit() throws Exception {
        // a frame header that asks for a window of 2 GiB
        var hostile = new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) (21 << 3), 0};

        assertThatExceptionOfType(CompressionException.class)
                .isThrownBy(() -> decompress(hostile))
                .withMessageContaining("memory");
    }
}
