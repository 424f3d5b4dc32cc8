package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One block, as POSIX (pax, "ustar Interchange Format") and GNU tar have it. */
class TarHeaderTest {
    private static final int BLOCK_BYTES = 512;

    private static byte[] written(String name, byte[] content) throws Exception {
        var out = new ByteArrayOutputStream();
        var tar = new TarWriter(out);
        tar.file(name, content);
        return out.toByteArray();
    }

    private static byte[] block() throws Exception {
        return Arrays.copyOf(written("name", new byte[0]), BLOCK_BYTES);
    }

    private static void put(byte[] block, int offset, String text) {
        System.arraycopy(text.getBytes(ISO_8859_1), 0, block, offset, text.length());
    }

    /** Sums it up again, as whoever changed it would. */
    private static TarHeader header(byte[] block, boolean signed) throws Exception {
        Arrays.fill(block, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte each : block) {
            sum += signed ? each : each & 0xff;
        }
        put(block, 148, "%06o\0 ".formatted(sum));
        return new TarHeader(block);
    }

    @Test
    void shouldReadWhatWasWritten() throws Exception {
        var bytes = written("a/b", "content".getBytes(ISO_8859_1));

        var entry = new TarHeader(Arrays.copyOf(bytes, BLOCK_BYTES)).entry();

        assertThat(new String(entry.name, ISO_8859_1)).isEqualTo("a/b");
        assertThat(entry.type).isEqualTo(TarEntry.REGULAR);
        assertThat(entry.mode).isEqualTo(0644);
        assertThat(entry.uid).isZero();
        assertThat(entry.gid).isZero();
        assertThat(entry.sizeBytes).isEqualTo(7);
        assertThat(entry.modified).isEqualTo(Instant.EPOCH);
        assertThat(bytes).hasSize(2 * BLOCK_BYTES).containsSequence('c', 'o', 'n');
        assertThat(new String(bytes, 257, 8, ISO_8859_1)).isEqualTo("ustar\00000");
    }

    @Test
    void shouldWriteDirectoriesAndTheEnd() throws Exception {
        var out = new ByteArrayOutputStream();
        var tar = new TarWriter(out);

        tar.directory("d");
        tar.finish();

        var entry = new TarHeader(Arrays.copyOf(out.toByteArray(), BLOCK_BYTES)).entry();
        assertThat(new String(entry.name, ISO_8859_1)).isEqualTo("d/");
        assertThat(entry.type).isEqualTo(TarEntry.DIRECTORY);
        assertThat(entry.mode).isEqualTo(0755);
        assertThat(out.toByteArray()).hasSize(3 * BLOCK_BYTES);
        assertThat(Arrays.copyOfRange(out.toByteArray(), BLOCK_BYTES, 3 * BLOCK_BYTES))
                .containsOnly(0);
    }

    @Test
    void shouldWriteAFullBlockWithoutAnother() throws Exception {
        assertThat(written("a", new byte[BLOCK_BYTES])).hasSize(2 * BLOCK_BYTES);
        assertThat(written("a", new byte[BLOCK_BYTES + 1])).hasSize(3 * BLOCK_BYTES);
    }

    @ParameterizedTest
    @ValueSource(longs = {077777777777L, 0100000000000L, 0x0123_4567_89ab_cdefL, Long.MAX_VALUE})
    void shouldWriteSizesThatOctalDigitsHaveNoRoomFor(long size) throws Exception {
        var out = new ByteArrayOutputStream();
        var none = new ByteArrayInputStream(new byte[0]);

        assertThatIOException()
                .isThrownBy(() -> new TarWriter(out).file("big", size, none))
                .withMessage("big is not %d bytes long", size);

        assertThat(new TarHeader(out.toByteArray()).size()).isEqualTo(size);
        assertThat(out.toByteArray()[124] < 0).isEqualTo(size > 077777777777L);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTakeSumsOfSignedAndOfUnsignedBytes(boolean signed) throws Exception {
        var block = block();
        put(block, 0, "\u00e4\u00f6");

        assertThat(new String(header(block, signed).entry().name, ISO_8859_1))
                .isEqualTo("\u00e4\u00f6me");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 147, 156, 511})
    void shouldRefuseABlockWhoseSumIsAnother(int changed) throws Exception {
        var block = block();
        block[changed] ^= 1;

        assertThatExceptionOfType(LayerException.class)
                .isThrownBy(() -> new TarHeader(block))
                .withMessageContaining("checksum");
    }

    @Test
    void shouldJoinThePrefixOfPosixAndNotThatOfGnu() throws Exception {
        var block = block();
        put(block, 0, "n".repeat(100));
        put(block, 345, "p".repeat(155));
        var posix = header(block.clone(), false).entry();
        put(block, 257, "ustar ");
        var gnu = header(block, false).entry();

        assertThat(new String(posix.name, ISO_8859_1))
                .isEqualTo("p".repeat(155) + "/" + "n".repeat(100));
        assertThat(new String(gnu.name, ISO_8859_1)).isEqualTo("n".repeat(100));
    }

    @ParameterizedTest
    @CsvSource({"3, 8, 1", "4, 8, 1", "5, 0, 0", "0, 0, 0"})
    void shouldHaveNumbersOfADeviceForDevicesAlone(char type, int major, int minor)
            throws Exception {
        var block = block();
        block[156] = (byte) type;
        put(block, 329, "0000010");
        put(block, 337, "0000001");

        var entry = header(block, false).entry();

        assertThat(entry.type).isEqualTo(type);
        assertThat(entry.major).isEqualTo(major);
        assertThat(entry.minor).isEqualTo(minor);
    }

    @ParameterizedTest
    @ValueSource(chars = {0, '7', '0'})
    void shouldTakeOldAndContiguousFilesForFiles(char type) throws Exception {
        var block = block();
        block[156] = (byte) type;

        assertThat(header(block, false).entry().type).isEqualTo(TarEntry.REGULAR);
    }

    @Test
    void shouldHaveOwnersAsLinuxHasThem() throws Exception {
        assertThat(TarHeader.id(0xffff_fffeL)).isEqualTo(-2);
        assertThat(TarHeader.id(0)).isZero();
        for (long wrong : new long[] {-1, 0xffff_ffffL}) {
            assertThatExceptionOfType(LayerException.class)
                    .isThrownBy(() -> TarHeader.id(wrong))
                    .withMessageContaining("id " + wrong);
        }
    }
}
