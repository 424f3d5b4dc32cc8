package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.file.FileStatus;
import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.Trash;
import io.demitasse.storage.reference.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files with holes, as GNU tar writes them and as nobody should. */
@Timeout(120)
class SparseLayerTest {
    private static final long MIB = 1 << 20;
    private static final long LIMIT = 1L << 30;

    @TempDir Path path;
    private StoragePaths paths;
    private Trash trash;
    private LayerStore store;

    @BeforeEach
    void open() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        paths = new StoragePaths(path.resolve("root"));
        Files.createDirectories(paths.layers());
        Files.createDirectories(paths.ingest());
        trash = Trash.open(paths.ingest());
        store = LayerStore.open(paths, trash, new LayerLimits(1000, LIMIT));
    }

    @AfterEach
    void close() throws IOException {
        if (store != null) {
            store.close();
            trash.close();
            assertThat(OpenFiles.below(path)).isEmpty();
        }
    }

    private ChainId unpack(byte[] tar, List<ChainId> lower) throws IOException {
        var chain = new ChainId(Digest.of(tar));
        try (var layer = store.unpack(new ByteArrayInputStream(tar), chain.digest())) {
            store.commit(layer, chain, lower);
        }
        assertThat(store.acquire(chain)).isTrue();
        return chain;
    }

    /** A file with something at each of these offsets. */
    private static void write(Path file, long size, long... offsets) throws IOException {
        try (var out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (long offset : offsets) {
                out.write(ByteBuffer.wrap(("at " + offset).getBytes(US_ASCII)), offset);
            }
            if (out.size() < size) {
                out.write(ByteBuffer.wrap(new byte[1]), size - 1);
            }
        }
    }

    private static long bytesOnDisk(Path file) throws IOException {
        return FileStatus.of(file).blocks() * 512;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--format=gnu",
                "--format=oldgnu",
                "--format=pax --sparse-version=0.0",
                "--format=pax --sparse-version=0.1",
                "--format=pax --sparse-version=1.0"
            })
    void shouldKeepHolesThatTarFound(String format) throws Exception {
        var parent = path.resolve("source");
        var source = Files.createDirectories(parent.resolve("d"));
        // more pieces than fit into a header, and into the first block behind it
        var many = LongStream.range(0, 60).map(i -> i * MIB + 4096).toArray();
        write(source.resolve("many"), 64 * MIB, many);
        write(source.resolve("ends with contents"), 0, 9 * MIB);
        write(source.resolve("only a hole"), 8 * MIB);
        write(source.resolve("begins with contents"), 5 * MIB + 7, 0, MIB);
        Files.writeString(source.resolve("whole"), "without holes");
        Files.createFile(source.resolve("empty"));
        var name = "n".repeat(120);
        write(source.resolve(name), 3 * MIB, MIB);

        var tar = path.resolve("layer.tar");
        var command = Stream.of("tar", "--sparse", "--hole-detection=raw", "-C");
        command = Stream.concat(command, Stream.of(parent.toString(), "-cf"));
        command = Stream.concat(command, Stream.of(tar.toString()));
        command = Stream.concat(command, Stream.of(format.split(" ")));
        var process =
                new ProcessBuilder(Stream.concat(command, Stream.of("d")).toList())
                        .inheritIO()
                        .start();
        assertThat(process.waitFor()).isZero();
        var bytes = Files.readAllBytes(tar);
        assertThat(bytes.length).as("holes are not in the archive").isLessThan((int) MIB);

        var layer = unpack(bytes, List.of());

        var unpacked = paths.diff(layer.hex()).resolve("d");
        try (var files = Files.list(source)) {
            for (var file : files.toList()) {
                var copy = unpacked.resolve(file.getFileName().toString());
                assertThat(Files.mismatch(file, copy)).as(file.toString()).isEqualTo(-1);
            }
        }
        try (var files = Files.list(unpacked)) {
            assertThat(files).hasSize(7);
        }
        assertThat(bytesOnDisk(unpacked.resolve("many"))).isLessThan(2 * MIB);
        assertThat(bytesOnDisk(unpacked.resolve("only a hole"))).isLessThan(MIB);
        assertThat(bytesOnDisk(unpacked.resolve("ends with contents"))).isLessThan(MIB);
        assertThat(store.check(layer, layer.digest(), List.of())).hasValue(List.of());
        try (var rebuilt = store.rebuild(layer, layer.digest()).orElseThrow()) {
            assertThat(rebuilt.readAllBytes()).isEqualTo(bytes);
        }
    }

    private static byte[] oneHole() {
        return new TarBytes()
                .sparse("f", 3 * MIB, List.of(MIB, 4L, 2 * MIB, 3L), "fourtwo")
                .bytes();
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                Arguments.of("has contents where it should have none", MIB / 2, "in a hole"),
                Arguments.of("has contents where it should have none", 3 * MIB - 1, "!"),
                Arguments.of("has other contents", 2 * MIB, "one"),
                Arguments.of("bytes, not 3145728", 3 * MIB, "longer"));
    }

    /** The digest of the archive knows nothing of what is in its holes. */
    @ParameterizedTest
    @MethodSource("damages")
    void shouldFindWhatIsNotAsItWasUnpacked(String what, long offset, String text)
            throws IOException {
        var layer = unpack(oneHole(), List.of());
        assertThat(store.check(layer, layer.digest(), List.of())).hasValue(List.of());

        var file = paths.diff(layer.hex()).resolve("f");
        try (var out = FileChannel.open(file, StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.wrap(text.getBytes(US_ASCII)), offset);
        }

        assertThat(store.check(layer, layer.digest(), List.of()).orElseThrow())
                .anySatisfy(difference -> assertThat(difference.what()).contains(what));
    }

    /** Or a few bytes in one layer and some in the next would fill a disk. */
    @Test
    void shouldKeepHolesInACopyForAHardLinkToALowerLayer() throws IOException {
        var lower = unpack(oneHole(), List.of());

        var upper = unpack(new TarBytes().hardLink("again", "f").bytes(), List.of(lower));

        var file = paths.diff(upper.hex()).resolve("again");
        assertThat(Files.mismatch(paths.diff(lower.hex()).resolve("f"), file)).isEqualTo(-1);
        assertThat(bytesOnDisk(file)).isLessThan(MIB);
    }

    private static TarBytes pax(String contents, String... records) {
        var all = new java.util.ArrayList<Map.Entry<String, String>>();
        for (int i = 0; i < records.length; i += 2) {
            all.add(Map.entry("GNU.sparse." + records[i], records[i + 1]));
        }
        return new TarBytes().pax(all).file("f", contents);
    }

    /** Version 1.0: the map is in the contents. */
    private static TarBytes inContents(String size, String map, String contents) {
        var padded = map + "\0".repeat(-map.length() & 511);
        return pax(padded + contents, "major", "1", "minor", "0", "realsize", size, "name", "f");
    }

    private static TarBytes gnu(long size, String contents, Long... numbers) {
        return new TarBytes().sparse("f", size, List.of(numbers), contents);
    }

    static Stream<Arguments> hostile() {
        var many = "0,0,".repeat(SparseMap.MAX_PIECES) + "0,0";
        return Stream.of(
                Arguments.of("has a piece up to 9", gnu(8, "x", 8L, 1L)),
                Arguments.of("after those up to", gnu(8, "xxxx", 2L, 2L, 3L, 2L)),
                Arguments.of("after those up to", gnu(8, "xx", 4L, 1L, 2L, 1L)),
                Arguments.of("after those up to", gnu(8, "x", -4L, 1L)),
                Arguments.of("after those up to", gnu(8, "x", 4L, -1L)),
                Arguments.of("after those up to", gnu(8, "x", Long.MAX_VALUE, 1L)),
                Arguments.of("has a piece up to", gnu(-8, "x", 4L, 1L)),
                Arguments.of("pieces of 2 bytes, and 1 in", gnu(8, "x", 4L, 2L)),
                Arguments.of("pieces of 1 bytes, and 3 in", gnu(8, "xxx", 4L, 1L)),
                Arguments.of(
                        "more than " + SparseMap.MAX_PIECES + " pieces",
                        new TarBytes()
                                .sparse(
                                        "f",
                                        8,
                                        LongStream.range(0, 2 * SparseMap.MAX_PIECES + 2)
                                                .map(_ -> 0)
                                                .boxed()
                                                .toList(),
                                        "")),
                Arguments.of("bytes unpacked", gnu(LIMIT + 1, "x", 0L, 1L)),
                Arguments.of(
                        "bytes unpacked",
                        gnu(LIMIT / 2, "x", 0L, 1L).sparse("g", LIMIT, List.of(0L, 1L), "x")),
                Arguments.of(
                        "has a piece up to 9",
                        pax("x", "size", "8", "numblocks", "1", "map", "8,1")),
                Arguments.of(
                        "after those up to",
                        pax("xx", "size", "8", "numblocks", "2", "map", "4,1,2,1")),
                Arguments.of(
                        "after those up to",
                        pax("x", "size", "8", "numblocks", "1", "map", "-4,1")),
                Arguments.of(
                        "not the pieces that it should",
                        pax("x", "size", "8", "numblocks", "2", "map", "4,1")),
                Arguments.of(
                        "not the pieces that it should",
                        pax("x", "size", "8", "numblocks", "1", "map", "4,1,5")),
                Arguments.of(
                        "malformed number", pax("x", "size", "8", "numblocks", "1", "map", "4,")),
                Arguments.of("malformed number", pax("x", "numblocks", "1", "map", "4,1")),
                Arguments.of("header extension", pax("", "map", many)),
                Arguments.of(
                        "malformed PAX",
                        pax("x", "size", "8", "numbytes", "4", "offset", "1", "numblocks", "1")),
                Arguments.of(
                        "malformed PAX",
                        pax("x", "size", "8", "offset", "4", "offset", "1", "numblocks", "1")),
                Arguments.of("has a piece up to 9", inContents("8", "1\n8\n1\n", "x")),
                Arguments.of("after those up to", inContents("8", "2\n4\n1\n2\n1\n", "xx")),
                Arguments.of("after those up to", inContents("8", "1\n4\n-1\n", "xx")),
                Arguments.of("malformed number", inContents("8", "999999999999999999999\n", "")),
                Arguments.of("malformed number", inContents("8", "1\n\n4\n", "")),
                Arguments.of("malformed number", inContents("8", "1".repeat(512), "")),
                Arguments.of("beyond its contents", inContents("8", "400000000\n" + zeros(), "")),
                Arguments.of("pieces of 1 bytes, and 2 in", inContents("8", "1\n4\n1\n", "xx")),
                Arguments.of("bytes unpacked", inContents("" + (LIMIT + 1), "1\n0\n1\n", "x")),
                Arguments.of("version 2.0", pax("x", "major", "2", "minor", "0")),
                Arguments.of(
                        "of type '5'",
                        new TarBytes()
                                .pax(Map.of("GNU.sparse.size", "8", "GNU.sparse.numblocks", "0"))
                                .directory("f")));
    }

    private static String zeros() {
        return "0\n".repeat(251);
    }

    @Test
    void shouldRefuseAMapThatIsCutOff() {
        var five = gnu(8, "", 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L).unfinished();
        var cut = java.util.Arrays.copyOf(five, 700);

        assertThatExceptionOfType(LayerException.class)
                .isThrownBy(() -> unpack(cut, List.of()))
                .withMessageContaining("in the middle of an entry");
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void shouldRefuseAndLeaveNothing(String why, TarBytes tar) throws IOException {
        assertThatExceptionOfType(LayerException.class)
                .isThrownBy(() -> unpack(tar.bytes(), List.of()))
                .withMessageContaining(why);

        try (var layers = Files.list(paths.layers())) {
            assertThat(layers).isEmpty();
        }
    }
}
