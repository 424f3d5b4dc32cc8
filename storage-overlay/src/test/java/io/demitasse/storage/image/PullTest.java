package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.DockerRegistry;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that real tools pushed to a real registry, pulled as root. */
@Timeout(120)
class PullTest {
    @TempDir static Path shared;
    private static DockerRegistry registry;
    private static Path layout;

    @TempDir Path path;
    private ImageStore images;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        assumeTrue(DockerRegistry.isInstalled(), "needs docker-registry and skopeo: run ./test");
        registry = DockerRegistry.start(shared);
        layout =
                new TestLayout(Files.createDirectory(shared.resolve("layout")))
                        .layer(tar("base"))
                        .layer(tar("middle"))
                        .layer(new TarBytes().file(".wh.base", "").bytes())
                        .finish(
                                "{\"Env\":[\"A=b\"],\"Cmd\":[\"sh\"],\"User\":\"app\","
                                        + "\"Labels\":{\"k\":\"v\"},\"Volumes\":{\"/data\":{}}}");
        registry.push(layout, "test/app:one", "oci");
        registry.push(layout, "test/docker:one", "v2s2");
    }

    private static byte[] tar(String name) {
        var tar = new TarBytes().directory("bin/");
        for (int i = 0; i < 50; i++) {
            tar.file("bin/" + name + i, name.repeat(i * 100));
        }
        return tar.file(name, name).bytes();
    }

    @AfterAll
    static void stop() {
        if (registry != null) {
            registry.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        images = ImageStore.open(path);
    }

    @AfterEach
    void close() throws IOException {
        images.close();
        assertThat(OpenFiles.below(path)).isEmpty();
    }

    private Image pull(String name) throws PullException {
        return images.pull(PullRequest.of(Reference.parse(registry.name(name))));
    }

    private List<Path> below(String directory) throws IOException {
        try (var files = Files.list(path.resolve(directory))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private List<Path> layers() throws IOException {
        try (var layers = Files.list(new StoragePaths(path).layers())) {
            return layers.toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"test/app:one", "test/docker:one"})
    void shouldPullWhatRealToolsPushed(String name) throws Exception {
        var image = pull(name);

        assertThat(image.repositoryTags()).containsExactly(registry.name(name));
        assertThat(images.config(image).environment()).containsExactly("A=b");
        assertThat(images.config(image).command()).containsExactly("sh");
        assertThat(images.config(image).user()).isEqualTo("app");
        assertThat(image.user()).isEqualTo("app");
        assertThat(image.layers()).hasSize(3);
        assertThat(image.sizeBytes()).isLessThan(images.usage().bytes()).isPositive();
        var files = new ImageFiles(images);
        assertThat(files.read(image, "middle", 100)).hasValue("middle".getBytes(UTF_8));
        assertThat(files.read(image, "base", 100)).isEmpty();
    }

    @Test
    void shouldFindImageByEachOfItsNamesAlsoAfterRestart() throws Exception {
        var image = pull("test/app:one");
        var digest = image.repositoryDigests().getFirst();
        var again = pull("test/app" + digest.substring(digest.indexOf('@')));
        assertThat(again.id()).isEqualTo(image.id());

        images.close();
        images = ImageStore.open(path);

        for (var name :
                List.of(
                        registry.name("test/app:one"),
                        digest,
                        image.id(),
                        image.id().substring(7),
                        image.id().substring(7, 19))) {
            assertThat(images.find(name)).as(name).hasValue(image);
        }
        assertThat(images.find(registry.name("test/app"))).isEmpty();
        assertThat(images.quarantined()).isEmpty();
    }

    @Test
    void shouldDownloadOnceWhatManyAskFor() throws Exception {
        try (var executor = Executors.newFixedThreadPool(10)) {
            Callable<Image> pull = () -> pull("test/app:one");
            for (var each : executor.invokeAll(java.util.Collections.nCopies(10, pull))) {
                assertThat(each.get().id()).isEqualTo(images.images().getFirst().id());
            }
        }

        assertThat(layers()).hasSize(3);
        images.remove(images.images().getFirst());
        assertThat(layers()).isEmpty();
        assertThat(images.usage().inodes()).isZero();
    }

    @Test
    void shouldShareLayersBetweenImagesAndRemoveThemWithTheLast() throws Exception {
        var one = pull("test/app:one");
        var two = pull("test/docker:one");
        var all = images.usage();
        assertThat(layers()).hasSize(3);

        images.remove(one);
        images.remove(one);
        if (!one.id().equals(two.id())) {
            assertThat(images.usage()).isEqualTo(all);
            images.remove(two);
        }

        assertThat(layers()).isEmpty();
        assertThat(below("images")).isEmpty();
        assertThat(below("content/sha256")).isEmpty();
    }

    @Test
    void shouldMoveTagToTheImageThatWasPushedLast() throws Exception {
        registry.push(layout, "test/moving:tag", "oci");
        var old = pull("test/moving:tag");
        var other =
                new TestLayout(path.resolve("other"))
                        .layer(tar("other"))
                        .finish("{\"User\":\"2\"}");
        registry.push(other, "test/moving:tag", "oci");

        var fresh = pull("test/moving:tag");

        assertThat(fresh.id()).isNotEqualTo(old.id());
        assertThat(images.find(registry.name("test/moving:tag"))).hasValue(fresh);
        assertThat(images.find(old.id()))
                .hasValueSatisfying(image -> assertThat(image.repositoryTags()).isEmpty());
    }

    @Test
    void shouldSayThatThereIsNoSuchImage() {
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull("test/app:none"))
                .withMessageContaining(registry.name("test/app:none") + " not found")
                .matches(failure -> failure.reason() == Reason.NOT_FOUND);
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> images.pull(PullRequest.of(Reference.parse("127.0.0.1:1/none"))))
                .withMessageContaining("registry at 127.0.0.1:1 does not answer")
                .matches(failure -> failure.reason() == Reason.UNAVAILABLE);
    }

    @Test
    void shouldQuarantineRecordThatIsCorrupt() throws Exception {
        var image = pull("test/app:one");
        images.close();
        var record = below("images").getFirst();
        Files.writeString(record, "{\"version\":1,");

        images = ImageStore.open(path);

        assertThat(images.images()).isEmpty();
        assertThat(images.quarantined())
                .singleElement()
                .satisfies(
                        bad -> assertThat(bad.file()).isEqualTo(record.getFileName().toString()));
        assertThat(path.resolve("images/quarantine")).isNotEmptyDirectory();
        assertThat(layers()).isEmpty();
        assertThat(pull("test/app:one").id()).isEqualTo(image.id());
    }

    @Test
    void shouldQuarantineRecordWhoseLayerIsGone() throws Exception {
        var image = pull("test/app:one");
        images.close();
        Files.move(layers().getFirst(), path.resolve("elsewhere"));

        images = ImageStore.open(path);

        assertThat(images.find(image.id())).isEmpty();
        assertThat(images.quarantined()).hasSize(1);
    }

    @Test
    void shouldLoadDockerArchiveAndTarOfLayout() throws Exception {
        var docker = path.resolve("docker.tar");
        DockerRegistry.run(
                List.of(
                        "skopeo",
                        "copy",
                        "--insecure-policy",
                        "oci:" + layout,
                        "docker-archive:" + docker + ":saved/app:1"));
        var oci = path.resolve("oci.tar");
        DockerRegistry.run(List.of("tar", "-C", layout.toString(), "-czf", oci.toString(), "."));

        var fromDocker = images.load(docker, Optional.empty());
        var fromLayout = images.load(oci, Optional.of("saved/app:2"));

        assertThat(fromDocker.repositoryTags()).containsExactly("docker.io/saved/app:1");
        assertThat(fromDocker.layers()).isEqualTo(fromLayout.layers());
        assertThat(images.find("saved/app:2")).map(Image::id).hasValue(fromLayout.id());
    }

    @Test
    void shouldPullImageThatUmociMade() throws Exception {
        var made = path.resolve("umoci");
        var files = Files.createDirectories(path.resolve("files/usr/bin"));
        Files.writeString(files.resolve("tool"), "tool");
        for (var command :
                List.of(
                        List.of("umoci", "init", "--layout", made.toString()),
                        List.of("umoci", "new", "--image", made + ":t"),
                        List.of(
                                "umoci",
                                "insert",
                                "--image",
                                made + ":t",
                                path.resolve("files/usr").toString(),
                                "/usr"))) {
            DockerRegistry.run(command);
        }
        registry.push(Path.of(made + ":t"), "test/umoci:t", "oci");

        var image = pull("test/umoci:t");

        assertThat(new ImageFiles(images).read(image, "/usr/bin/tool", 10)).isPresent();
    }
}
