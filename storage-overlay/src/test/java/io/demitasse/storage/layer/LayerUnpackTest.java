package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.compression.CompressionException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.FileType;
import io.demitasse.linux.process.Umask;
import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.Trash;
import io.demitasse.storage.layer.TarBytes.Header;
import io.demitasse.storage.reference.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
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

/** Honest and hostile archives, unpacked on the real filesystem, as root. */
@Timeout(120)
class LayerUnpackTest {
    private static final byte[] NOT_UTF8 = {'n', (byte) 0xff, (byte) 0xe9};

    @TempDir Path path;
    private StoragePaths paths;
    private Trash trash;
    private LayerStore store;
    private Path outside;

    @BeforeEach
    void open() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        paths = new StoragePaths(path.resolve("root"));
        Files.createDirectories(paths.layers());
        Files.createDirectories(paths.ingest());
        trash = Trash.open(paths.ingest());
        store = LayerStore.open(paths, trash, new LayerLimits(1000, 1 << 20));
        outside = Files.writeString(path.resolve("outside"), "untouched");
    }

    @AfterEach
    void close() throws IOException {
        if (store != null) {
            store.close();
            trash.close();
            assertThat(OpenFiles.below(path)).isEmpty();
        }
    }

    private Path unpack(TarBytes tar) throws IOException {
        return unpack(tar, List.of());
    }

    private Path unpack(TarBytes tar, List<ChainId> lower) throws IOException {
        var bytes = tar.bytes();
        var chain = new ChainId(Digest.of(bytes));
        try (var layer = store.unpack(new ByteArrayInputStream(bytes), chain.digest())) {
            store.commit(layer, chain, lower);
        }
        assertThat(store.acquire(chain)).isTrue();
        return paths.diff(chain.hex());
    }

    private static FileStatus status(Path layer, String name) throws IOException {
        try (var directory = DirectoryFd.open(layer)) {
            return directory.status(name);
        }
    }

    @Test
    void shouldLetEverybodyIntoDirectoriesThatNoEntryDescribes() throws IOException {
        int before = Umask.set(0077);
        try {
            var layer =
                    unpack(
                            new TarBytes()
                                    .entry("lone/deep/file", Header.of('0', 0600).containing("y")));

            assertThat(status(layer, "lone").mode()).isEqualTo(0755);
            assertThat(status(layer.resolve("lone"), "deep").mode()).isEqualTo(0755);
        } finally {
            Umask.set(before);
        }
    }

    @Test
    void shouldUnpackEveryTypeWithItsAttributes() throws IOException {
        var time = Instant.ofEpochSecond(1_600_000_000);

        var layer =
                unpack(
                        new TarBytes()
                                .entry("d/", Header.of('5', 01770).owned(3, 4))
                                .entry("d/suid", Header.of('0', 04755).owned(1, 2).containing("x"))
                                .symbolicLink("d/link", "/etc/passwd")
                                .hardLink("hard", "d/suid")
                                .node("null", '3')
                                .node("fifo", '6')
                                .entry("lone/deep/file", Header.of('0', 0600).containing("y")));

        assertThat(status(layer, "d"))
                .returns(01770, FileStatus::mode)
                .returns(3, FileStatus::uid)
                .returns(4, FileStatus::gid)
                .returns(time, FileStatus::modified);
        var d = layer.resolve("d");
        assertThat(status(d, "suid"))
                .returns(04755, FileStatus::mode)
                .returns(1, FileStatus::uid)
                .returns(2, FileStatus::links)
                .returns(time, FileStatus::modified);
        assertThat(Files.readSymbolicLink(d.resolve("link"))).hasToString("/etc/passwd");
        assertThat(status(layer, "null"))
                .returns(FileType.CHARACTER_DEVICE, FileStatus::type)
                .returns(new FileStatus.Device(1, 3), FileStatus::node)
                .returns(0666, FileStatus::mode);
        assertThat(status(layer, "fifo").type()).isEqualTo(FileType.FIFO);
        assertThat(layer.resolve("lone/deep/file")).hasContent("y");
    }

    @Test
    void shouldKeepNamesOfAnyBytesAndAnyLength() throws IOException {
        var longName = "l".repeat(200);
        var raw = "p\u00ff\u00e9"; // bytes ff e9, which are not UTF-8

        var layer =
                unpack(
                        new TarBytes()
                                .entry(NOT_UTF8, Header.of('0', 0644))
                                .file("dir/" + longName, "long")
                                .pax(Map.of("path", raw, "mtime", "1500000000.25"))
                                .file("short", "pax")
                                .entry("\u00fcber".getBytes(UTF_8), Header.of('0', 0644)));

        try (var directory = DirectoryFd.open(layer)) {
            var names = directory.list().stream().map(entry -> entry.name()).toList();
            assertThat(names).anyMatch(name -> Arrays.equals(name, NOT_UTF8));
            var paxName = new byte[] {'p', (byte) 0xff, (byte) 0xe9};
            assertThat(names).anyMatch(name -> Arrays.equals(name, paxName));
            assertThat(directory.status(paxName).modified())
                    .isEqualTo(Instant.parse("2017-07-14T02:40:00.250Z"));
        }
        assertThat(layer.resolve("dir").resolve(longName)).hasContent("long");
    }

    @Test
    void shouldTakeOnlyAttributesThatAnImageMaySet() throws IOException {
        var layer =
                unpack(
                        new TarBytes()
                                .pax(
                                        Map.of(
                                                "SCHILY.xattr.user.mine", "yes",
                                                "SCHILY.xattr.user.overlay.opaque", "y",
                                                "SCHILY.xattr.trusted.overlay.opaque", "y",
                                                "SCHILY.xattr.security.selinux", "label"))
                                .directory("d/"));

        try (var directory = DirectoryFd.open(layer.resolve("d"))) {
            assertThat(directory.attributes().names()).containsExactly("user.mine");
        }
    }

    @Test
    void shouldReplaceEarlierEntries() throws IOException {
        var layer =
                unpack(
                        new TarBytes()
                                .file("a", "old")
                                .hardLink("b", "a")
                                .file("a", "new")
                                .file("d/deep/x", "x")
                                .file("d", "now a file")
                                .symbolicLink("l", "/nowhere")
                                .directory("l/")
                                .file("l/y", "y"));

        assertThat(layer.resolve("a")).hasContent("new");
        assertThat(layer.resolve("b")).hasContent("old");
        assertThat(layer.resolve("d")).hasContent("now a file");
        assertThat(layer.resolve("l/y")).hasContent("y");
    }

    @Test
    void shouldTranslateWhiteouts() throws IOException {
        var lower = new TarBytes().file("gone", "").file("through/gone", "");
        unpack(lower);
        var layer =
                unpack(
                        new TarBytes()
                                .file(".wh.gone", "")
                                .symbolicLink("link", "through")
                                .file("link/.wh.gone", "")
                                .symbolicLink("opaque", "linked")
                                .file("opaque/.wh..wh..opq", "")
                                .file("o/.wh..wh..opq", "")
                                .file("kept", "k")
                                .file(".wh.kept", "")
                                .file(".wh.again", "")
                                .file("again/f", "f")
                                .file("both/f", "f")
                                .file(".wh.both", ""),
                        List.of(new ChainId(Digest.of(lower.bytes()))));

        assertThat(status(layer, "gone").isWhiteout()).isTrue();
        assertThat(status(layer.resolve("through"), "gone").isWhiteout()).isTrue();
        assertThat(layer.resolve("kept")).hasContent("k");
        for (var opaque : List.of("o", "again", "both", "linked")) {
            try (var directory = DirectoryFd.open(layer.resolve(opaque))) {
                assertThat(Whiteouts.isOpaque(directory)).as(opaque).isTrue();
            }
        }
        assertThat(layer.resolve(".wh.gone")).doesNotExist();
    }

    @Test
    void shouldInheritWhatLowerLayersSayOfUndescribedDirectories() throws IOException {
        var lower =
                new TarBytes()
                        .entry("./", Header.of('5', 0711).owned(1, 1))
                        .entry("tmp/", Header.of('5', 01777).owned(5, 6));
        unpack(lower);
        var chain = new ChainId(Digest.of(lower.bytes()));

        var upper = unpack(new TarBytes().file("tmp/f", "f"), List.of(chain));

        assertThat(status(upper, "tmp"))
                .returns(01777, FileStatus::mode)
                .returns(5, FileStatus::uid);
        assertThat(FileStatus.of(upper).mode()).isEqualTo(0711);
    }

    static Stream<Arguments> hostile() {
        return Stream.of(
                Arguments.of("leads out of the layer", new TarBytes().file("../outside", "evil")),
                Arguments.of("leads out of the layer", new TarBytes().file("a/../../b", "evil")),
                Arguments.of("leads out of the layer", new TarBytes().file("a/b/../../..", "evil")),
                Arguments.of(
                        "leads out of the layer", new TarBytes().hardLink("h", "../../../outside")),
                Arguments.of("which is in no layer", new TarBytes().hardLink("h", "/etc/passwd")),
                Arguments.of(
                        "which is in no layer",
                        new TarBytes().symbolicLink("s", "/etc").hardLink("h", "s/passwd")),
                Arguments.of(
                        "below a loop of symbolic links",
                        new TarBytes()
                                .symbolicLink("a", "b")
                                .symbolicLink("b", "/a/b")
                                .file("a/x", "x")),
                Arguments.of(
                        "cannot be unpacked",
                        new TarBytes().file("f", "").symbolicLink("s", "f").file("s/x", "")),
                Arguments.of(
                        "hard link to itself",
                        new TarBytes()
                                .file("d/x", "x")
                                .symbolicLink("s", "d")
                                .hardLink("s/x", "d/x")),
                Arguments.of("names no file", new TarBytes().file(".wh...", "")),
                Arguments.of("names no file", new TarBytes().file("a/.wh..", "")),
                Arguments.of("cannot be unpacked", new TarBytes().file("f", "").file("f/g", "")),
                Arguments.of(
                        "cannot be unpacked", new TarBytes().directory("d/").hardLink("h", "d")),
                Arguments.of(
                        "cannot be unpacked", new TarBytes().file("n".repeat(256), "too long")),
                Arguments.of("unsupported type", new TarBytes().entry("x", Header.of('Z', 0))),
                Arguments.of(
                        "bytes unpacked", new TarBytes().file("bomb", "0".repeat((1 << 20) + 1))),
                Arguments.of("more than 1000 entries", manyEntries()));
    }

    private static TarBytes manyEntries() {
        var tar = new TarBytes();
        for (int i = 0; i <= 1000; i++) {
            tar.directory("d/");
        }
        return tar;
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void shouldRefuseAndLeaveNothing(String why, TarBytes tar) throws IOException {
        assertThatExceptionOfType(LayerException.class)
                .isThrownBy(() -> unpack(tar))
                .withMessageContaining(why);

        assertNothingLeft();
    }

    /** As nix and bazel make them. */
    @ParameterizedTest
    @ValueSource(strings = {"usr/lib", "/usr/lib", "./usr/../usr//lib/", "../../usr/lib"})
    void shouldFollowLinksOfTheLayerInsideTheLayer(String target) throws IOException {
        var layer =
                unpack(
                        new TarBytes()
                                .directory("usr/lib/")
                                .file("usr/lib/x", "x")
                                .symbolicLink("lib", target)
                                .file("lib/x.txt", "below a link")
                                .directory("lib/sub/")
                                .file("lib/sub/y", "y")
                                .hardLink("lib/hard", "usr/lib/x")
                                .hardLink("top", "lib/x")
                                .symbolicLink("lib/link", "x"));

        assertThat(Files.readSymbolicLink(layer.resolve("lib"))).hasToString(target);
        var lib = layer.resolve("usr/lib");
        assertThat(lib.resolve("x.txt")).hasContent("below a link");
        assertThat(lib.resolve("sub/y")).hasContent("y");
        assertThat(status(lib, "x").links()).isEqualTo(3);
        assertThat(status(lib, "hard").inode()).isEqualTo(status(layer, "top").inode());
        assertThat(Files.readSymbolicLink(lib.resolve("link"))).hasToString("x");
        assertThat(status(lib, "sub").modified()).isEqualTo(Instant.ofEpochSecond(1_600_000_000));
    }

    /** What a link leads to may be in a lower layer only, or nowhere. */
    @Test
    void shouldMakeWhatALinkLeadsToInsideTheLayer() throws IOException {
        var layer =
                unpack(
                        new TarBytes()
                                .symbolicLink("s", "/etc/demitasse-test")
                                .file("s/evil", "inside")
                                .symbolicLink("up", "../../..")
                                .file("up/d/evil", "inside")
                                .symbolicLink("one", "two/three")
                                .symbolicLink("two", "/four")
                                .file("one/x", "x")
                                .file("one/../y", "y"));

        assertThat(layer.resolve("etc/demitasse-test/evil")).hasContent("inside");
        assertThat(layer.resolve("d/evil")).hasContent("inside");
        assertThat(layer.resolve("four/three/x")).hasContent("x");
        assertThat(layer.resolve("y")).hasContent("y");
        assertThat(Path.of("/etc/demitasse-test")).doesNotExist();
        assertThat(path.resolve("d")).doesNotExist();
    }

    /** An entry may go where a link is that its own name leads over. */
    @Test
    void shouldFollowLinksAsTheyAreWhenAnEntryComes() throws IOException {
        var layer =
                unpack(
                        new TarBytes()
                                .symbolicLink("a", "c")
                                .symbolicLink("c/b", "..")
                                .directory("a/b/a/")
                                .file("a/b/x", "x")
                                .symbolicLink("s", "one")
                                .file("s/x", "1")
                                .symbolicLink("s", "two")
                                .file("s/x", "2"));

        assertThat(status(layer, "a").type()).isEqualTo(FileType.DIRECTORY);
        assertThat(layer.resolve("a/b/x")).hasContent("x");
        assertThat(layer.resolve("one/x")).hasContent("1");
        assertThat(layer.resolve("two/x")).hasContent("2");
    }

    @Test
    void shouldTakeANameWithDotsThatStaysInside() throws IOException {
        var layer = unpack(new TarBytes().file("a/../b.txt", "b").file("c/./d/..//e", "e"));

        assertThat(layer.resolve("b.txt")).hasContent("b");
        assertThat(layer.resolve("c/e")).hasContent("e");
        assertThat(layer.resolve("a")).doesNotExist();
    }

    @Test
    void shouldTakeAbsoluteNamesAsRelativeToTheLayer() throws IOException {
        var layer = unpack(new TarBytes().file("//etc/./demitasse-test", "in"));

        assertThat(layer.resolve("etc/demitasse-test")).hasContent("in");
        assertThat(Path.of("/etc/demitasse-test")).doesNotExist();
    }

    @Test
    void shouldRefuseTruncatedArchiveAndGarbage() throws IOException {
        var bytes = new TarBytes().file("a", "0".repeat(2000)).unfinished();
        var cut = Arrays.copyOf(bytes, 1500);
        assertThatExceptionOfType(LayerException.class)
                .isThrownBy(() -> store.unpack(new ByteArrayInputStream(cut), Digest.of(cut)))
                .withMessage("the archive ends in the middle of an entry");
        var garbage = "garbage".repeat(300).getBytes(UTF_8);
        assertThatExceptionOfType(LayerException.class)
                .isThrownBy(
                        () -> store.unpack(new ByteArrayInputStream(garbage), Digest.of(garbage)))
                .withMessageContaining("tar header");
        var zstd = new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0};
        assertThatExceptionOfType(CompressionException.class)
                .isThrownBy(() -> store.unpack(new ByteArrayInputStream(zstd), Digest.of(zstd)))
                .withMessage("zstd: ends within a frame");

        assertNothingLeft();
    }

    @Test
    void shouldRefuseLayerThatIsNotWhatItsConfigSays() throws IOException {
        var bytes = new TarBytes().file("a", "a").bytes();

        assertThatExceptionOfType(LayerException.class)
                .isThrownBy(
                        () -> store.unpack(new ByteArrayInputStream(bytes), Digest.of("something")))
                .withMessageContaining(Digest.of("something").toString());

        assertNothingLeft();
    }

    private void assertNothingLeft() throws IOException {
        assertThat(outside).hasContent("untouched");
        assertThat(path.resolve("b")).doesNotExist();
        try (var layers = Files.list(paths.layers())) {
            assertThat(layers).isEmpty();
        }
        try (var ingest = Files.list(paths.ingest())) {
            assertThat(ingest.map(Path::getFileName).map(Path::toString))
                    .allMatch(name -> name.startsWith("removed-"));
        }
        while (hasFiles(paths.ingest())) {
            LockSupport.parkNanos(
                    1_000_000); // what was renamed is being unlinked; the time limit is the test's
        }
    }

    private static boolean hasFiles(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.findAny().isPresent();
        }
    }
}
