package io.demitasse.storage.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileFd;
import io.demitasse.linux.file.FileTree;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.Trash;
import io.demitasse.storage.layer.TarBytes.Header;
import io.demitasse.storage.reference.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a deep check finds in a layer, and that it finds nothing in a good one. */
@Timeout(60)
class LayerCheckTest {
    @TempDir Path path;
    private StoragePaths paths;
    private Trash trash;
    private LayerStore store;

    /** Does something to a layer's directory that nobody should. */
    interface Damage {
        void to(Path diff) throws IOException;
    }

    @BeforeEach
    void open() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        paths = new StoragePaths(path.resolve("root"));
        Files.createDirectories(paths.layers());
        Files.createDirectories(paths.ingest());
        trash = Trash.open(paths.ingest());
        store = LayerStore.open(paths, trash, LayerLimits.DEFAULT);
    }

    @AfterEach
    void close() throws IOException {
        if (store != null) {
            store.close();
            trash.close();
            assertThat(OpenFiles.below(path)).isEmpty();
        }
    }

    private static TarBytes lower() {
        return new TarBytes()
                .entry("etc", Header.of('5', 0700).owned(3, 4))
                .file("etc/old", "old")
                .symbolicLink("link", "etc")
                .file("gone", "gone");
    }

    private static TarBytes tar() {
        return new TarBytes()
                .directory("./")
                .directory("usr")
                .entry("usr/tool", Header.of('0', 04755).owned(1, 2).containing("x".repeat(70_000)))
                .file("usr/empty", "")
                .hardLink("usr/same", "usr/tool")
                .symbolicLink("usr/link", "../tool")
                .entry("usr/null", Header.of('3', 0666))
                .entry("usr/pipe", Header.of('6', 0600))
                .file("etc/new", "new") // whose directory only the layer below describes
                .file(".wh.gone", "")
                .file(".wh.nothing", "")
                .directory("usr")
                .directory("opaque")
                .file("opaque/.wh..wh..opq", "")
                .file("é".repeat(60) + "/a name that is longer than one hundred bytes", "long")
                .pax(Map.of("SCHILY.xattr.user.note", "from the image", "mtime", "1600000000.5"))
                .file("usr/noted", "noted");
    }

    private ChainId unpack(byte[] tar, List<ChainId> lower) throws IOException {
        var chain = new ChainId(Digest.of(tar));
        try (var layer = store.unpack(new ByteArrayInputStream(tar), chain.digest())) {
            store.commit(layer, chain, lower);
        }
        assertThat(store.acquire(chain)).isTrue();
        return chain;
    }

    @Test
    void shouldFindNothingInGoodLayers() throws IOException {
        var below = unpack(lower().bytes(), List.of());
        var layer = unpack(tar().bytes(), List.of(below));

        assertThat(store.check(below, below.digest(), List.of())).hasValue(List.of());
        assertThat(store.check(layer, layer.digest(), List.of(below))).hasValue(List.of());
    }

    static Stream<Arguments> good() {
        return Stream.of(
                Arguments.of(
                        "below links",
                        new TarBytes()
                                .directory("usr/lib/")
                                .file("usr/lib/x", "x")
                                .symbolicLink("lib", "usr/lib")
                                .file("lib/y", "y")
                                .hardLink("lib/z", "lib/x")
                                .hardLink("up", "lib/y")
                                .symbolicLink("dangling", "/etc/other")
                                .file("dangling/w", "w")
                                .directory("dangling/d/")
                                .file("dangling/.wh.v", "")),
                Arguments.of(
                        "a name with dots", new TarBytes().file("a/../b.txt", "b").directory("c")),
                Arguments.of(
                        "a file that gets another name",
                        new TarBytes().hardLink("low", "gone").file(".wh.gone", "")),
                Arguments.of(
                        "a file that gets another name and a successor",
                        new TarBytes()
                                .hardLink("low", "gone")
                                .hardLink("low2", "gone")
                                .file("gone", "new")
                                .hardLink("etc/link", "link")),
                Arguments.of(
                        "all kinds of whiteouts",
                        new TarBytes()
                                .file(".wh..wh..opq", "")
                                .directory("etc")
                                .file("etc/.wh.old", "")
                                .file("etc/.wh.never", "")
                                .directory("new")
                                .file("new/.wh..wh..opq", "")
                                .file("new/.wh.x", "")
                                .file(".wh.nothing", "")),
                Arguments.of(
                        "whiteouts of what is there again",
                        new TarBytes().file(".wh.etc", "").file("etc/x", "x").file("gone", "g")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("good")
    void shouldFindNothingInGoodLayersWith(String what, TarBytes tar) throws IOException {
        var below = unpack(lower().bytes(), List.of());
        var layer = unpack(tar.bytes(), List.of(below));
        var alone = new TarBytes().directory("d").file("d/.wh.x", "").file(".wh.y", "").bytes();
        var bottom = unpack(alone, List.of());

        assertThat(store.check(layer, layer.digest(), List.of(below))).as(what).hasValue(List.of());
        assertThat(store.check(bottom, bottom.digest(), List.of())).hasValue(List.of());
        try (var rebuilt = store.rebuild(layer, layer.digest()).orElseThrow()) {
            assertThat(rebuilt.readAllBytes()).isEqualTo(tar.bytes());
        }
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                damage("usr/tool", "has other contents", LayerCheckTest::flip),
                damage("usr/noted", "is missing", diff -> Files.delete(diff.resolve("usr/noted"))),
                damage("usr/empty", "has 1 bytes", diff -> write(diff.resolve("usr/empty"), "1")),
                damage(
                        "usr/noted",
                        "has 6 bytes",
                        diff -> write(diff.resolve("usr/noted"), "longer")),
                damage(
                        "usr/tool",
                        "has mode 0755, not 4755",
                        diff -> mode(diff.resolve("usr/tool"))),
                damage("opaque", "has mode 0700, not 0755", diff -> mode(diff.resolve("opaque"))),
                damage("etc", "has mode 0755, not 0700", diff -> mode(diff.resolve("etc"))),
                damage("", "has mode 0700, not 0755", LayerCheckTest::mode),
                damage("usr/tool", "belongs to 7:2", diff -> own(diff.resolve("usr/tool"))),
                damage(
                        "usr/extra",
                        "does not belong",
                        diff -> write(diff.resolve("usr/extra"), "")),
                damage(
                        "new",
                        "does not belong",
                        diff -> Files.createDirectory(diff.resolve("new"))),
                damage("usr/link", "points elsewhere", diff -> relink(diff.resolve("usr/link"))),
                damage("usr/same", "is no hard link", diff -> copy(diff.resolve("usr/same"))),
                damage("usr/pipe", "is of type", diff -> replace(diff.resolve("usr/pipe"))),
                damage("usr/null", "is missing", diff -> Files.delete(diff.resolve("usr/null"))),
                damage("gone", "does not hide", diff -> Files.delete(diff.resolve("gone"))),
                damage("copied", "is no copy", diff -> write(diff.resolve("copied"), "OLD")),
                damage("copied", "is no copy", diff -> mode(diff.resolve("copied"))),
                damage("nothing", "hides what no layer has", LayerCheckTest::hide),
                damage(
                        "usr",
                        "hides, or does not hide",
                        diff -> set(diff.resolve("usr"), "trusted.overlay.opaque")),
                damage(
                        "usr/noted",
                        "another attribute user.note",
                        diff -> set(diff.resolve("usr/noted"), "user.note")),
                damage(
                        "usr/tool",
                        "an attribute user.more",
                        diff -> set(diff.resolve("usr/tool"), "user.more")),
                damage("usr", "is missing or no directory", diff -> remove(diff.resolve("usr"))));
    }

    private static Arguments damage(String file, String what, Damage damage) {
        return Arguments.of(file, what, damage);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("damages")
    void shouldNameWhatDiffers(String file, String what, Damage damage) throws IOException {
        var below = unpack(lower().bytes(), List.of());
        var layer = unpack(tar().hardLink("copied", "etc/old").bytes(), List.of(below));

        damage.to(paths.diff(layer.hex()));

        var found = store.check(layer, layer.digest(), List.of(below)).orElseThrow();
        assertThat(found)
                .anySatisfy(difference -> {
                    assertThat(difference.path()).isEqualTo(file);
                    assertThat(difference.what()).contains(what);
                });
    }

    private static void flip(Path diff) throws IOException {
        try (var file =
                Files.newByteChannel(
                        diff.resolve("usr/tool"), java.nio.file.StandardOpenOption.WRITE)) {
            file.position(50_000).write(java.nio.ByteBuffer.wrap(new byte[] {'y'}));
        }
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
    }

    /** Others than it had. */
    private static void mode(Path file) throws IOException {
        boolean usual = Files.getPosixFilePermissions(file).size() == 7;
        Files.setPosixFilePermissions(
                file,
                PosixFilePermissions.fromString(
                        usual && Files.isDirectory(file) ? "rwx------" : "rwxr-xr-x"));
    }

    private static void own(Path file) throws IOException {
        Files.setAttribute(file, "unix:uid", 7);
    }

    private static void relink(Path link) throws IOException {
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("/etc/shadow"));
    }

    private static void copy(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        Files.delete(file);
        Files.write(file, bytes);
    }

    private static void replace(Path file) throws IOException {
        Files.delete(file);
        Files.createFile(file);
    }

    private static void set(Path file, String attribute) throws IOException {
        try (var open = FileFd.open(file, OpenHow.READ)) {
            open.attributes().set(attribute, new byte[] {'y'});
        }
    }

    private static void hide(Path diff) throws IOException {
        try (var directory = DirectoryFd.open(diff)) {
            directory.makeNode(
                    "nothing".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                    io.demitasse.linux.file.FileType.CHARACTER_DEVICE,
                    0,
                    io.demitasse.linux.file.FileStatus.Device.NONE);
        }
    }

    private static void remove(Path directory) throws IOException {
        try (var parent = DirectoryFd.open(directory.resolve(".."))) {
            FileTree.remove(parent, directory.getFileName().toString());
        }
    }

    @Test
    void shouldFindDamageToTheSkeletonItself() throws IOException {
        var layer = unpack(tar().bytes(), List.of());
        var skeleton = paths.layers().resolve(layer.hex()).resolve("skeleton");
        var bytes = Files.readAllBytes(skeleton);
        bytes[bytes.length / 2] ^= 1;
        Files.write(skeleton, bytes);

        assertThat(store.check(layer, layer.digest(), List.of()).orElseThrow()).isNotEmpty();
    }

    @Test
    void shouldRebuildTheArchiveBitForBit() throws IOException {
        // what follows the end of an archive is part of what its digest is of
        var archive = new java.io.ByteArrayOutputStream();
        archive.writeBytes(tar().bytes());
        archive.writeBytes(new byte[10_240]);
        archive.writeBytes("junk".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        var layer = unpack(archive.toByteArray(), List.of());

        try (var rebuilt = store.rebuild(layer, layer.digest()).orElseThrow()) {
            assertThat(rebuilt.readAllBytes()).isEqualTo(archive.toByteArray());
        }
    }

    @Test
    void shouldNotRebuildWhatIsDamaged() throws IOException {
        var layer = unpack(tar().bytes(), List.of());
        flip(paths.diff(layer.hex()));

        try (var rebuilt = store.rebuild(layer, layer.digest()).orElseThrow()) {
            assertThatExceptionOfType(LayerException.class)
                    .isThrownBy(rebuilt::readAllBytes)
                    .withMessageContaining("usr/tool");
        }
    }

    @Test
    void shouldSayThatItCannotTellWhenAnEntryCameTwice() throws IOException {
        var layer = unpack(new TarBytes().file("a", "one").file("a", "two").bytes(), List.of());

        assertThat(store.check(layer, layer.digest(), List.of())).isEmpty();
        assertThat(store.rebuild(layer, layer.digest())).isEmpty();
    }

    /** What looks like an archive in an artifact is a file all the same. */
    @Test
    void shouldCheckAndRebuildAFileOfAnArtifact() throws IOException {
        var contents = io.demitasse.storage.image.TestLayout.gzip(tar().bytes());
        var digest = Digest.of(contents);
        var chain = ChainId.ofFile("models/a.bin", digest);
        try (var layer =
                store.unpackFile(
                        Channels.newChannel(new ByteArrayInputStream(contents)), "models/a.bin")) {
            store.commit(layer, chain, List.of());
        }
        assertThat(store.acquire(chain)).isTrue();

        assertThat(store.check(chain, digest, List.of())).hasValue(List.of());
        try (var rebuilt = store.rebuild(chain, digest).orElseThrow()) {
            assertThat(rebuilt.readAllBytes()).isEqualTo(contents);
        }
        contents[contents.length / 2] ^= 1;
        Files.write(paths.diff(chain.hex()).resolve("models/a.bin"), contents);
        Files.createFile(paths.diff(chain.hex()).resolve("models/b.bin"));
        assertThat(store.check(chain, digest, List.of()).orElseThrow())
                .containsExactlyInAnyOrder(
                        new LayerDifference("models/a.bin", "has other contents"),
                        new LayerDifference("models/b.bin", "does not belong there"));
    }
}
