package io.demitasse.storage.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.linux.mount.DetachedMount;
import io.demitasse.linux.mount.OverlayMount;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a layer says of those below it, seen through the overlay that containers get. */
@Timeout(60)
class LowerLayersTest {
    @TempDir Path path;
    private StoragePaths paths;
    private Trash trash;
    private LayerStore store;
    private final List<ChainId> chains = new ArrayList<>();

    @BeforeEach
    void open() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        paths = new StoragePaths(path.resolve("root"));
        Files.createDirectories(paths.layers());
        Files.createDirectories(paths.ingest());
        trash = Trash.open(paths.ingest());
        store = LayerStore.open(paths, trash, new LayerLimits(1000, 1 << 20));
    }

    @AfterEach
    void close() throws IOException {
        if (store != null) {
            store.close();
            trash.close();
            assertThat(OpenFiles.below(path)).isEmpty();
        }
    }

    /** Puts a layer on top of those that are there. */
    private void layer(TarBytes tar) throws IOException {
        var bytes = tar.bytes();
        var chain = new ChainId(Digest.of(bytes));
        try (var layer = store.unpack(new ByteArrayInputStream(bytes), chain.digest())) {
            store.commit(layer, chain, chains);
        }
        assertThat(store.acquire(chain)).isTrue();
        chains.add(chain);
    }

    private void refused(TarBytes tar, String why) {
        assertThatExceptionOfType(LayerException.class)
                .isThrownBy(() -> layer(tar))
                .withMessageContaining(why);
    }

    private DetachedMount overlay() throws IOException {
        return OverlayMount.over(store.diffs(chains)).create();
    }

    private static DirectoryFd root(DetachedMount mount) throws SyscallException {
        return DirectoryFd.open(mount.fd(), ".", OpenHow.READ);
    }

    private static String read(DirectoryFd root, String name) throws SyscallException {
        try (var file = root.openFile(name, OpenHow.READ)) {
            return new String(file.readAll(1 << 20), UTF_8);
        }
    }

    @Test
    void shouldCopyUpWhatIsLinkedToFromAbove() throws IOException {
        layer(
                new TarBytes()
                        .directory("bin/")
                        .pax(Map.of("SCHILY.xattr.user.mine", "yes"))
                        .entry("bin/su", Header.of('0', 04755).owned(3, 4).containing("program"))
                        .symbolicLink("bin/link", "su"));
        layer(
                new TarBytes()
                        .hardLink("bin/sudo", "bin/su")
                        .hardLink("usr/bin/su", "/bin/su")
                        .hardLink("third", "usr/bin/su")
                        .hardLink("alias", "bin/link"));

        try (var mount = overlay();
                var root = root(mount);
                var bin = root.openDirectory("bin");
                var copy = root.openFile("usr/bin/su", OpenHow.READ)) {
            assertThat(read(root, "bin/sudo")).isEqualTo("program");
            assertThat(read(root, "third")).isEqualTo("program");
            assertThat(bin.status("sudo"))
                    .returns(04755, FileStatus::mode)
                    .returns(3, FileStatus::uid)
                    .returns(4, FileStatus::gid)
                    .returns(3, FileStatus::links)
                    .returns(Instant.ofEpochSecond(1_600_000_000), FileStatus::modified);
            assertThat(copy.attributes().get("user.mine")).hasValue("yes".getBytes(UTF_8));
            assertThat(root.readLink("alias".getBytes(UTF_8))).asString(UTF_8).isEqualTo("su");
        }
    }

    @Test
    void shouldLinkToWhatIsBelowSeveralLayers() throws IOException {
        layer(new TarBytes().file("a", "lowest").file("b", "old"));
        layer(new TarBytes().file("b", "new"));
        layer(new TarBytes().hardLink("a2", "a").hardLink("b2", "b").file("a2", "replaced"));

        try (var mount = overlay();
                var root = root(mount)) {
            assertThat(read(root, "a2")).isEqualTo("replaced");
            assertThat(read(root, "b2")).isEqualTo("new");
        }
    }

    @Test
    void shouldRefuseLinksToWhatTheLayersBelowDoNotShow() throws IOException {
        layer(new TarBytes().file("d/a", "a").file("gone", "g").directory("dir/").node("n", '3'));
        layer(new TarBytes().file(".wh.gone", "").file("x", "x"));

        refused(new TarBytes().hardLink("h", "nothing"), "in no layer");
        refused(new TarBytes().hardLink("h", "gone"), "in no layer");
        refused(new TarBytes().hardLink("h", "dir"), "in no layer");
        refused(new TarBytes().hardLink("h", "n"), "in no layer");
        refused(new TarBytes().file(".wh.x", "").hardLink("h", "x"), "in no layer");
        refused(new TarBytes().file("d/.wh..wh..opq", "").hardLink("h", "d/a"), "in no layer");
        refused(new TarBytes().hardLink("h", "d/../../x"), "leads out");
        assertThat(store.usage().inodes()).isPositive();
        try (var layers = Files.list(paths.layers())) {
            assertThat(layers).hasSize(2);
        }
    }

    /** A link of the lower layers does not lead the copy astray: the node's file is not copied. */
    @Test
    void shouldNotFollowLinksOfLowerLayers() throws IOException {
        Files.writeString(path.resolve("secret"), "the node's");
        layer(
                new TarBytes()
                        .symbolicLink("dir", path.toString())
                        .symbolicLink("file", path.resolve("secret").toString()));
        assertThat(store.diffs(chains).getFirst().resolve("dir/secret")).hasContent("the node's");

        refused(new TarBytes().hardLink("h", "dir/secret"), "in no layer");
        layer(new TarBytes().hardLink("h", "file"));

        try (var mount = overlay();
                var root = root(mount)) {
            assertThat(root.status("h").type())
                    .isEqualTo(io.demitasse.linux.file.FileType.SYMBOLIC_LINK);
        }
    }

    /** A whiteout is listed where overlayfs has nothing to merge, and is nothing when looked at. */
    @Test
    void shouldShowNoWhiteoutOfWhatNoLowerLayerHas() throws IOException {
        layer(
                new TarBytes()
                        .directory("data/")
                        .file("data/keep", "k")
                        .file("data/.wh.gone", "")
                        .file("other/.wh.gone", "")
                        .symbolicLink("link", "data")
                        .file("link/.wh.too", ""));
        layer(
                new TarBytes()
                        .directory("new/")
                        .file("new/keep", "k")
                        .file("new/.wh.gone", "")
                        .file("data/.wh.never", "")
                        .directory("again/")
                        .file("again/x", "x")
                        .file(".wh.again", "")
                        .file("again/.wh.y", ""));
        layer(
                new TarBytes()
                        .directory("new/")
                        .file("new/.wh..wh..opq", "")
                        .file("new/.wh.keep", "")
                        .file("data/.wh.keep", "")
                        .file("data/keep2", "k")
                        .file("other/sub/.wh.z", ""));

        try (var mount = overlay();
                var root = root(mount)) {
            assertThat(names(root, "data")).containsExactly("keep2");
            assertThat(names(root, "other")).containsExactly("sub");
            assertThat(names(root, "other/sub")).isEmpty();
            assertThat(names(root, "new")).isEmpty();
            assertThat(names(root, "again")).containsExactly("x");
        }
    }

    private static List<String> names(DirectoryFd root, String path) throws SyscallException {
        try (var directory = root.openDirectory(path)) {
            return directory.list().stream().map(entry -> entry.text()).toList();
        }
    }

    @Test
    void shouldCountAndDateALayerAsIfItHadNoNeedlessWhiteout() throws IOException {
        var time = Instant.ofEpochSecond(1_600_000_000);
        layer(new TarBytes().directory("d/").file("d/x", "x"));
        var plain = store.usage(chains.getLast());
        layer(
                new TarBytes()
                        .directory("d/")
                        .file("d/x", "x")
                        .file("d/.wh.a", "")
                        .file(".wh.b", ""));

        assertThat(store.usage(chains.getLast()).inodes()).isEqualTo(plain.inodes());
        try (var diff = DirectoryFd.open(store.diffs(chains).getFirst())) {
            assertThat(diff.status("d").modified()).isEqualTo(time);
        }
    }

    @Test
    void shouldHideEverythingBelowAnOpaqueRoot() throws IOException {
        layer(
                new TarBytes()
                        .file("a", "a")
                        .directory("d/")
                        .file("d/low", "x")
                        .directory("e/")
                        .file("e/f", "f"));
        layer(new TarBytes().file("second", "2").file(".wh.a", ""));
        layer(
                new TarBytes()
                        .directory("d/")
                        .file("d/own", "y")
                        .file(".wh..wh..opq", "")
                        .file("b", "b")
                        .file("second", "3"));

        try (var mount = overlay();
                var root = root(mount);
                var d = root.openDirectory("d")) {
            assertThat(root.list())
                    .extracting(entry -> entry.text())
                    .containsExactlyInAnyOrder("b", "d", "second");
            assertThat(d.list()).extracting(entry -> entry.text()).containsExactly("own");
            assertThat(read(root, "second")).isEqualTo("3");
        }
        try (var stack = LayerStack.open(store.diffs(chains))) {
            assertThat(stack.read("a", 10)).isEmpty();
            assertThat(stack.read("d/low", 10)).isEmpty();
            assertThat(stack.read("b", 10)).isPresent();
        }
    }
}
