package io.demitasse.storage.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.linux.mount.MountAttribute;
import io.demitasse.linux.mount.Mounts;
import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.image.TestLayout;
import io.demitasse.storage.layer.TarBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images mounted in containers, against the real kernel, as root. */
class ImageVolumesTest {
    private static final String CONTAINER = "c".repeat(64);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path path;

    private Path root;
    private Path secret;
    private ImageStore images;
    private Snapshots snapshots;
    private Image base;

    @BeforeEach
    void open() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounts need root: run ./test");
        root = path.resolve("root");
        secret = Files.writeString(path.resolve("secret"), "the node's");
        images = ImageStore.open(root);
        snapshots = Snapshots.open(root, images);
        base = image("base", new TarBytes().file("base", "base"));
    }

    @AfterEach
    void close() throws IOException {
        if (snapshots != null) {
            snapshots.close();
            images.close();
            assertThat(OpenFiles.below(path)).isEmpty();
            assertThat(Files.readString(Path.of("/proc/self/mountinfo")))
                    .doesNotContain(root.toString());
        }
    }

    private Image image(String name, TarBytes... layers) throws Exception {
        var layout = new TestLayout(path.resolve("layout-" + name));
        for (var layer : layers) {
            layout.layer(layer.bytes());
        }
        return images.load(layout.finish("{}"), Optional.of(name));
    }

    private Image model() throws Exception {
        return image(
                "model",
                new TarBytes()
                        .directory("data/")
                        .file("data/old", "old")
                        .file("data/weights", "first")
                        .symbolicLink("current", "/data")
                        .symbolicLink("here", "data")
                        .symbolicLink("escape", secret.toString())
                        .symbolicLink("up", "../../../../../../../../.." + secret)
                        .symbolicLink("loop", "loop")
                        .node("null", '3'),
                new TarBytes().file("data/weights", "second").file("data/.wh.old", ""));
    }

    private String read(ImageVolume volume, String name) throws IOException {
        try (var directory = DirectoryFd.open(volume.mount().fd(), ".", OpenHow.READ);
                var file = directory.openFile(name, OpenHow.READ)) {
            return new String(file.readAll(100), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    @Test
    void shouldShowAllLayersAndTakeNoWrites() throws Exception {
        var model = model();
        snapshots.create(CONTAINER, base, List.of(model));

        try (var volume = snapshots.mountVolume(CONTAINER, model.id(), "");
                var files = DirectoryFd.open(volume.mount().fd(), ".", OpenHow.READ)) {
            assertThat(volume.file()).isFalse();
            assertThat(read(volume, "data/weights")).isEqualTo("second");
            try (var data = files.openDirectory("data")) {
                assertThat(data.list()).extracting(each -> each.text()).containsExactly("weights");
            }
            assertThatExceptionOfType(SyscallException.class)
                    .isThrownBy(() -> files.makeDirectory("new", 0755))
                    .matches(refused -> refused.is(Errno.EROFS));
        }
    }

    /**
     * As root of a container with CAP_SYS_ADMIN could: the layer is shared, and must not change.
     */
    @Test
    void shouldStayReadOnlyWhenTheMountIsMadeWritable() throws Exception {
        snapshots.create(CONTAINER, base, List.of(base));

        try (var volume = snapshots.mountVolume(CONTAINER, base.id(), "");
                var files = DirectoryFd.open(volume.mount().fd(), ".", OpenHow.READ)) {
            volume.mount().without(Set.of(MountAttribute.RDONLY), false);

            assertThatExceptionOfType(SyscallException.class)
                    .isThrownBy(() -> files.openFile("base", OpenHow.WRITE))
                    .matches(refused -> refused.is(Errno.EROFS));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"data", "here", "data/../here/."})
    void shouldMountSubPathWithLinksInsideTheImage(String subPath) throws Exception {
        var model = model();
        snapshots.create(CONTAINER, base, List.of(model));

        try (var volume = snapshots.mountVolume(CONTAINER, model.id(), subPath)) {
            assertThat(volume.file()).isFalse();
            assertThat(read(volume, "weights")).isEqualTo("second");
        }
    }

    @Test
    void shouldMountSingleFile() throws Exception {
        var model = model();
        snapshots.create(CONTAINER, base, List.of(model));
        var target = Files.createFile(path.resolve("target"));

        try (var volume = snapshots.mountVolume(CONTAINER, model.id(), "data/weights")) {
            assertThat(volume.file()).isTrue();
            volume.mount().attach(target);
            assertThat(target).hasContent("second");
            Mounts.unmountLazily(target);
        }
    }

    /** The control: for whoever is not held inside the image, the link leads to the node's file. */
    @ParameterizedTest
    @CsvSource({
        "missing, ENOENT",
        "data/old, ENOENT",
        "data/weights/x, ENOTDIR",
        "escape, EXDEV",
        "up, EXDEV",
        "current, EXDEV",
        "/data, EXDEV",
        "../data, EXDEV",
        "loop, ELOOP",
        "null, EINVAL"
    })
    void shouldRefuseSubPathThatTheImageDoesNotHave(String subPath, String errno) throws Exception {
        var model = model();
        snapshots.create(CONTAINER, base, List.of(model));
        if (subPath.equals("escape") || subPath.equals("up")) {
            var layer = images.layers(model).getLast();
            assertThat(layer.resolve(subPath)).hasContent("the node's");
        }

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> snapshots.mountVolume(CONTAINER, model.id(), subPath))
                .withMessageContaining(errno);
    }

    @Test
    void shouldKeepRemovedImageWhileMountedSomewhereAlsoAfterRestart() throws Exception {
        var model = model();
        snapshots.create(CONTAINER, base, List.of(model, base));
        snapshots.create("d".repeat(64), base, List.of(model));
        images.remove(model);
        assertThat(images.find("model")).isEmpty();
        snapshots.remove("d".repeat(64));

        reopen();
        try (var volume = snapshots.mountVolume(CONTAINER, model.id(), "data")) {
            assertThat(read(volume, "weights")).isEqualTo("second");
        }
        assertThat(layers()).hasSize(3);

        snapshots.remove(CONTAINER);
        assertThat(layers()).hasSize(1);
        reopen();
        assertThat(layers()).hasSize(1);
    }

    @Test
    void shouldMountOnlyWhatTheContainerWasCreatedWith() throws Exception {
        var model = model();
        snapshots.create(CONTAINER, base);

        assertThatExceptionOfType(SyscallException.class)
                .isThrownBy(() -> snapshots.mountVolume(CONTAINER, model.id(), ""))
                .withMessageContaining("ENOENT");
    }

    @Test
    void shouldHoldNothingWhenOneOfTheImagesIsGone() throws Exception {
        var model = model();
        images.remove(model);

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> snapshots.create(CONTAINER, base, List.of(model)));
        images.remove(base);
        assertThat(layers()).isEmpty();
    }

    private List<String> layers() throws Exception {
        try (var listed = Files.list(new StoragePaths(root).layers())) {
            return listed.map(Path::getFileName).map(Path::toString).toList();
        }
    }

    private void reopen() throws Exception {
        snapshots.close();
        images.close();
        images = ImageStore.open(root);
        snapshots = Snapshots.open(root, images);
    }
}
