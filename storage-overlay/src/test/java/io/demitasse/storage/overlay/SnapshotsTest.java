package io.demitasse.storage.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.FileStatus;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.image.Image;
import io.demitasse.storage.image.ImageFiles;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.image.TestLayout;
import io.demitasse.storage.image.UserSpecification;
import io.demitasse.storage.layer.TarBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Against the real kernel, as root. */
class SnapshotsTest {
    private static final String CONTAINER = "c".repeat(64);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path path;

    private Path root;
    private ImageStore images;
    private Snapshots snapshots;
    private Image image;

    @BeforeEach
    void open() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounts need root: run ./test");
        root = path.resolve("root");
        images = ImageStore.open(root);
        snapshots = Snapshots.open(root, images);
        var layout =
                new TestLayout(path.resolve("layout"))
                        .layer(
                                new TarBytes()
                                        .entry("./", TarBytes.Header.of('5', 0711).owned(7, 8))
                                        .entry("tmp/", TarBytes.Header.of('5', 01777))
                                        .directory("etc/")
                                        .file("etc/passwd", "root:x:0:0::/:/bin/sh\n")
                                        .file("gone", "x")
                                        .directory("old/")
                                        .file("old/a", "a")
                                        .bytes())
                        .layer(
                                new TarBytes()
                                        .file("tmp/new", "new")
                                        .file(".wh.gone", "")
                                        .directory("old/")
                                        .file("old/.wh..wh..opq", "")
                                        .file("old/b", "b")
                                        .bytes());
        image = images.load(layout.finish("{\"User\":\"1000\"}"), Optional.of("test"));
    }

    @AfterEach
    void close() throws IOException {
        if (snapshots != null) {
            snapshots.close();
            images.close();
            assertThat(OpenFiles.below(path)).isEmpty();
        }
    }

    private void reopen() throws Exception {
        close();
        images = ImageStore.open(root);
        snapshots = Snapshots.open(root, images);
    }

    private List<String> layers() throws Exception {
        try (var listed = Files.list(new StoragePaths(root).layers())) {
            return listed.map(Path::getFileName).map(Path::toString).toList();
        }
    }

    @Test
    void shouldShowTheImageAndKeepWhatIsWritten() throws Exception {
        snapshots.create(CONTAINER, image);

        try (var mount = snapshots.mount(CONTAINER);
                var files = DirectoryFd.open(mount.fd(), ".", OpenHow.READ)) {
            assertThat(files.status())
                    .returns(0711, FileStatus::mode)
                    .returns(7, FileStatus::uid)
                    .returns(8, FileStatus::gid);
            assertThat(files.status("tmp").mode()).isEqualTo(01777);
            assertThat(files.contains("gone")).isFalse();
            try (var old = files.openDirectory("old")) {
                assertThat(old.list()).extracting(entry -> entry.text()).containsExactly("b");
            }
            files.openFile("written", OpenHow.WRITE.create(0644)).close();
        }

        assertThat(root.resolve("snapshots").resolve(CONTAINER).resolve("upper/written")).exists();
        snapshots.measure(List.of(CONTAINER), Duration.ofSeconds(30));
        assertThat(snapshots.usage(CONTAINER).usage().inodes()).isEqualTo(2);
        assertThat(snapshots.usage().usage().inodes()).isEqualTo(2);
        assertThat(snapshots.ids()).containsExactly(CONTAINER);
    }

    @Test
    void shouldReadFilesAsTheMountWouldShowThem() throws Exception {
        var files = new ImageFiles(images);

        assertThat(files.read(image, "etc/passwd", 100)).isPresent();
        assertThat(files.read(image, "gone", 100)).isEmpty();
        assertThat(files.read(image, "old/a", 100)).isEmpty();
        assertThat(files.read(image, "../old/../old/b", 100)).isPresent();
        assertThat(files.user(image, UserSpecification.parse("")).uid()).isZero();
    }

    @Test
    void shouldKeepLayersOfRemovedImageUntilItsLastContainerIsGone() throws Exception {
        snapshots.create(CONTAINER, image);
        images.remove(image);
        assertThat(images.find("test")).isEmpty();
        assertThat(images.images()).isEmpty();

        reopen();
        assertThat(layers()).hasSize(2);
        snapshots.mount(CONTAINER).close();
        assertThat(snapshots.image(CONTAINER)).map(Image::id).hasValue(image.id());

        snapshots.remove(CONTAINER);
        snapshots.remove(CONTAINER);
        assertThat(layers()).isEmpty();
        assertThat(images.usage().bytes()).isZero();
        assertThat(snapshots.ids()).isEmpty();
    }

    @Test
    void shouldRefuseImageThatIsGone() throws Exception {
        images.remove(image);

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> snapshots.create(CONTAINER, image));
        assertThat(snapshots.ids()).isEmpty();
    }

    @Test
    void shouldDiscardSnapshotThatWasNeverFinished() throws Exception {
        Files.createDirectories(root.resolve("snapshots/half/upper"));

        reopen();

        assertThat(snapshots.ids()).isEmpty();
        assertThat(root.resolve("snapshots/half")).doesNotExist();
    }
}
