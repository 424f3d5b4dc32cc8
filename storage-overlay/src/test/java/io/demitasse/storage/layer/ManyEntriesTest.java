package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.FileTree;
import io.demitasse.linux.file.FilesystemStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** More entries than anybody should have to remember. */
@Timeout(300)
class ManyEntriesTest {
    private static final int MILLION = 1_000_000;
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final LayerLimits LIMITS = new LayerLimits(MILLION, LayerLimits.DEFAULT.bytes());
    private static final long MAX_RETAINED_BYTES = 8 << 20;

    private Path path;
    private DirectoryFd layer;

    @BeforeEach
    void open() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        // in memory: a filesystem on a disk takes several times as long for each
        assumeTrue(FilesystemStatus.of(MEMORY).freeInodes() > 1_100_000, "/dev/shm is too small");
        path = Files.createTempDirectory(MEMORY, "demitasse-test");
        layer = DirectoryFd.open(Files.createDirectory(path.resolve("layer")));
    }

    @AfterEach
    void remove() throws IOException {
        if (layer != null) {
            layer.close();
            try (var parent = DirectoryFd.open(path)) {
                FileTree.remove(parent, "layer");
            }
            Files.delete(path);
        }
    }

    /** An archive that is made while it is read: headers, some of them by turns, and the end. */
    private static final class Archive implements ReadableByteChannel {
        private static final int CHECKSUM = 148;
        private static final byte[] END = new byte[1024];

        private final byte[][] headers;
        private final int[][] digits;
        private final int count;
        private int made;
        private ByteBuffer current = ByteBuffer.wrap(END, 0, 0);

        /** Each {@code #} in their names stands for a digit of the entry's number. */
        Archive(int count, TarBytes... headers) {
            this.count = count;
            this.headers = Arrays.stream(headers).map(TarBytes::unfinished).toArray(byte[][]::new);
            this.digits = Arrays.stream(this.headers).map(Archive::digits).toArray(int[][]::new);
        }

        private static int[] digits(byte[] header) {
            return IntStream.iterate(511, i -> i >= 0, i -> i - 1)
                    .filter(i -> header[i] == '#')
                    .toArray();
        }

        @Override
        public int read(ByteBuffer buffer) {
            if (!current.hasRemaining() && made <= count) {
                current = ByteBuffer.wrap(made == count ? END : header(made));
                made++;
            }
            int size = Math.min(buffer.remaining(), current.remaining());
            buffer.put(current.slice(current.position(), size));
            current.position(current.position() + size);
            return size == 0 ? -1 : size;
        }

        private byte[] header(int number) {
            var header = headers[number % headers.length];
            int left = number;
            for (int digit : digits[number % headers.length]) {
                header[digit] = (byte) ('0' + left % 10);
                left /= 10;
            }
            Arrays.fill(header, CHECKSUM, CHECKSUM + 8, (byte) ' ');
            int sum = 0;
            for (byte each : header) {
                sum += each & 0xff;
            }
            for (int i = CHECKSUM + 5; i >= CHECKSUM; i--, sum /= 8) {
                header[i] = (byte) ('0' + sum % 8);
            }
            return header;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    private LayerUnpacker unpack(Archive archive, LayerLimits limits) throws IOException {
        var unpacker = new LayerUnpacker(layer, limits);
        try (var pipe = LayerPipe.start(archive, limits.bytes())) {
            unpacker.unpack(new TarReader(pipe));
            return unpacker;
        } catch (IOException refused) {
            unpacker.close();
            throw refused;
        }
    }

    private static long usedBytes() {
        System.gc();
        var runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Test
    void shouldUnpackAMillionAndRememberNoneOfThem() throws IOException {
        // mostly such that take few system calls
        var entries = new TarBytes[10];
        Arrays.setAll(entries, _ -> new TarBytes().file("d###/.wh.####", ""));
        entries[0] = new TarBytes().directory("d###/####");
        entries[1] = new TarBytes().file("d###/####", "");
        entries[2] = new TarBytes().symbolicLink("d###/####", "target");
        var archive = new Archive(MILLION, entries);
        long before = usedBytes();

        try (var unpacker = unpack(archive, LIMITS)) {
            assertThat(usedBytes() - before).isLessThan(MAX_RETAINED_BYTES);
            assertThat(unpacker.unfinished().undescribed()).hasSize(101);
        }

        assertThat(layer.list()).hasSize(100);
        try (var last = DirectoryFd.open(path.resolve("layer/d099"))) {
            assertThat(last.list()).hasSize(10_000);
            assertThat(last.status("9990"))
                    .returns(Instant.ofEpochSecond(1_600_000_000), FileStatus::modified);
        }
    }

    /** As a container makes them, whose writable layer we measure, and remove in the end. */
    @Test
    void shouldMeasureAndRemoveADirectoryThatIsLargerThanItsMemory() throws Exception {
        var tree = Files.createDirectory(path.resolve("tree"));
        var first = Files.createFile(tree.resolve("first"));
        var name = "n".repeat(240);
        for (int i = 0; i < 200_000; i++) {
            Files.createLink(tree.resolve(name + i), first);
        }

        var output = inLittleMemory("24m");

        assertThat(output).isEqualTo("2\n");
        assertThat(tree).doesNotExist();
    }

    @Test
    void shouldCountFilesWithSeveralNamesOnceHoweverManyThereAre() throws IOException {
        int files = 100_010; // ten more than it remembers
        for (int i = 0; i < files; i++) {
            Files.createLink(
                    path.resolve("layer/other" + i), Files.createFile(path.resolve("layer/" + i)));
        }

        assertThat(TreeUsage.of(layer).inodes()).isEqualTo(files + 1);
    }

    private String inLittleMemory(String heap) throws IOException, InterruptedException {
        var process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-Xmx" + heap,
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                LittleMemory.class.getName(),
                                path.toString())
                        .redirectErrorStream(true)
                        .start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).describedAs(output).isZero();
        return output;
    }

    /** Entries that come to nothing: it is their number that counts. */
    @Test
    void shouldRefuseOneMoreThanTheLimit() throws IOException {
        var nothing = new TarBytes().file(".wh..wh.#######", "");

        assertThatExceptionOfType(LayerException.class)
                .isThrownBy(() -> unpack(new Archive(MILLION + 1, nothing), LIMITS))
                .withMessage("more than " + MILLION + " entries");
    }

    /** What has to be remembered until the end, and would fill any memory with long names. */
    @ParameterizedTest
    @CsvSource({"DIRECTORIES, directories that have no entry", "LINKS, hard links to lower layers"})
    void shouldRefuseWhatItWouldHaveToRemember(String shape, String why) {
        var name = "n".repeat(80) + "#######";
        var header =
                shape.equals("LINKS")
                        ? new TarBytes().hardLink(name, "nothing")
                        : new TarBytes().file(name + "/f", "");

        assertThatExceptionOfType(LayerException.class)
                .isThrownBy(() -> unpack(new Archive(MILLION, header), LayerLimits.DEFAULT))
                .withMessageContaining("too many " + why);
    }
}
