package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.image.ImageChecks.Verdict;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.layer.TarBytes.Header;
import io.demitasse.storage.overlay.Snapshots;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.registry.PullException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images out of files, as {@code docker save} and others write them. As root. */
@Timeout(120)
class LoadTest {
    @TempDir Path path;
    private ImageStore images;
    private Snapshots snapshots;

    @BeforeEach
    void open() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        images = ImageStore.open(path.resolve("store"));
        snapshots = Snapshots.open(path.resolve("store"), images);
    }

    @AfterEach
    void close() throws IOException {
        if (images != null) {
            snapshots.close();
            images.close();
            assertThat(OpenFiles.below(path)).isEmpty();
        }
    }

    private static String layer(String name) {
        return new String(new TarBytes().file(name, name).bytes(), ISO_8859_1);
    }

    private static String config(String layer) {
        return "{\"rootfs\":{\"diff_ids\":[\"%s\"]}}"
                .formatted(Digest.of(layer.getBytes(ISO_8859_1)));
    }

    /** Each image is one layer of one file, with the same name as the image. */
    private Path archive(String manifest, String... names) throws IOException {
        var tar = new TarBytes().file("manifest.json", manifest);
        for (var name : names) {
            var layer = layer(name);
            tar.file(name + ".json", config(layer))
                    .entry(name + "/layer.tar", Header.of('0', 0644).containing(layer));
        }
        return Files.write(path.resolve("archive.tar"), tar.bytes());
    }

    private static String image(String name, String tags) {
        return "{\"Config\":\"%s.json\",\"RepoTags\":%s,\"Layers\":[\"%s/layer.tar\"]}"
                .formatted(name, tags, name);
    }

    @Test
    void shouldLoadAllImagesOfADockerArchiveWithAllTheirNames() throws Exception {
        var tar =
                archive(
                        "[%s,%s,%s]"
                                .formatted(
                                        image("a", "[\"app:1\",\"app:2\",\"r.example/x/app:3\"]"),
                                        image("b", "[\"b:1\"]"),
                                        image("c", "null")),
                        "a",
                        "b",
                        "c");

        var loaded = images.loadAll(tar, Optional.empty());

        assertThat(loaded)
                .extracting(Image::repositoryTags)
                .containsExactly(
                        List.of(
                                "docker.io/library/app:1",
                                "docker.io/library/app:2",
                                "r.example/x/app:3"),
                        List.of("docker.io/library/b:1"),
                        List.of());
        assertThat(images.find("app:2")).isEqualTo(images.find("r.example/x/app:3")).isPresent();
        assertThat(new ImageFiles(images).read(images.find("b:1").orElseThrow(), "b", 9))
                .hasValue("b".getBytes(UTF_8));
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> images.loadAll(tar, Optional.of("one:1")))
                .withMessageContaining("3 images: they cannot have one name");
    }

    @Test
    void shouldGiveTheNameThatIsAskedForInsteadOfThoseOfTheArchive() throws Exception {
        var tar = archive("[" + image("a", "[\"app:1\",\"app:2\"]") + "]", "a");

        assertThat(images.load(tar, Optional.of("other:1")).repositoryTags())
                .containsExactly("docker.io/library/other:1");
    }

    @Test
    void shouldLoadAnImageOnceThatALayoutNamesSeveralTimes() throws Exception {
        var layout =
                new TestLayout(Files.createDirectory(path.resolve("layout")))
                        .layer(new TarBytes().file("f", "f").bytes())
                        .finish("{}");
        var index = Files.readString(layout.resolve("index.json"));
        var entry = index.substring(index.indexOf("[{") + 1, index.lastIndexOf("}]"));
        var named = ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"%s\"}}";
        Files.writeString(
                layout.resolve("index.json"),
                "{\"manifests\":[%s,%s]}"
                        .formatted(
                                entry + named.formatted("app:1"),
                                entry + named.formatted("app:2")));

        var loaded = images.loadAll(layout, Optional.empty());

        assertThat(loaded).hasSize(1);
        assertThat(loaded.getFirst().repositoryTags())
                .containsExactly("docker.io/library/app:1", "docker.io/library/app:2");
    }

    @Test
    void shouldTakeAnImageWithoutLayers() throws Exception {
        var layout =
                new TestLayout(Files.createDirectory(path.resolve("layout")))
                        .finish("{\"Cmd\":[\"/in/a/volume\"]}");

        var image = images.load(layout, Optional.of("empty:1"));

        var container = "0".repeat(64);
        snapshots.create(container, image, List.of(image));
        try (var mount = snapshots.mount(container);
                var volume = snapshots.mountVolume(container, image.id(), "");
                var root = DirectoryFd.open(mount.fd(), ".", OpenHow.READ);
                var other = DirectoryFd.open(volume.mount().fd(), ".", OpenHow.READ)) {
            assertThat(root.list()).isEmpty();
            assertThat(root.status().mode()).isEqualTo(0755);
            assertThat(other.list()).isEmpty();
            root.makeDirectory("made", 0700);
        }
        new ImageChecks(images)
                .run(false, each -> assertThat(each.verdict()).isEqualTo(Verdict.GOOD));
        var saved = path.resolve("saved.tar");
        try (var out = Files.newOutputStream(saved)) {
            new ImageSaves(images).save(List.of(new ImageSaves.Saved(image, "")), out);
        }
        assertThat(images.load(saved, Optional.empty()).id()).isEqualTo(image.id());
        snapshots.remove(container);
        images.remove(images.find(image.id()).orElseThrow());
        assertThat(images.usage().inodes()).isZero();
    }

    /** Go takes keys in any case, and replaces bytes that are no character. */
    @Test
    void shouldReadAConfigAsGoDoes() throws Exception {
        var layer = layer("a");
        var config =
                "{\"RootFS\":{\"Diff_Ids\":[\"%s\"]},\"CONFIG\":{\"cmd\":[\"a\"],\"workingdir\":\"/w\",\"Env\":[\"A=b\",\"B=\\u00e9\"],\"env\":[\"A=c\"]}}"
                        .formatted(Digest.of(layer.getBytes(ISO_8859_1)));
        var directory = path.resolve("docker");
        Files.createDirectories(directory.resolve("a"));
        Files.writeString(directory.resolve("manifest.json"), "[" + image("a", "[\"a:1\"]") + "]");
        Files.write(
                directory.resolve("a.json"),
                config.replace("\\u00e9", "\u00e9").getBytes(ISO_8859_1));
        Files.write(directory.resolve("a/layer.tar"), layer.getBytes(ISO_8859_1));

        var image = images.load(directory, Optional.empty());

        var read = images.config(image);
        assertThat(read.command()).containsExactly("a");
        assertThat(read.workingDirectory()).isEqualTo("/w");
        // the right word first
        assertThat(read.environment()).containsExactly("A=b", "B=\ufffd");
        assertThat(images.document(image))
                .isEqualTo(Files.readAllBytes(directory.resolve("a.json")));
    }
}
