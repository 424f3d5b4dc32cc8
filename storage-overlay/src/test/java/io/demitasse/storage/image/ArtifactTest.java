package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.file.DirectoryFd;
import io.demitasse.linux.file.OpenHow;
import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.StoragePaths;
import io.demitasse.storage.overlay.ImageVolume;
import io.demitasse.storage.overlay.Snapshots;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.DockerRegistry;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OCI artifacts, as tools that push single files make them. */
class ArtifactTest {
    private static final String CONTAINER = "c".repeat(64);
    private static final String EMPTY = "application/vnd.oci.empty.v1+json";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path path;

    private ImageStore images;
    private Snapshots snapshots;

    @BeforeEach
    void open() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounts need root: run ./test");
        images = ImageStore.open(path.resolve("root"));
        snapshots = Snapshots.open(path.resolve("root"), images);
    }

    @AfterEach
    void close() throws IOException {
        if (snapshots != null) {
            snapshots.close();
            images.close();
            assertThat(OpenFiles.below(path)).isEmpty();
        }
    }

    /** A manifest of the empty config and one blob for each pair of title and contents. */
    private Path layout(String name, String... titlesAndContents) throws IOException {
        return annotated(name, "org.opencontainers.image.title", titlesAndContents);
    }

    private Path annotated(String name, String key, String... titlesAndContents)
            throws IOException {
        var directory = path.resolve(name);
        var blobs = Files.createDirectories(directory.resolve("blobs/sha256"));
        var layers = new ArrayList<String>();
        for (int i = 0; i < titlesAndContents.length; i += 2) {
            var title =
                    titlesAndContents[i].isEmpty()
                            ? "{}"
                            : "{\"%s\":\"%s\"}".formatted(key, titlesAndContents[i]);
            layers.add(
                    descriptor(blobs, "application/octet-stream", titlesAndContents[i + 1], title));
        }
        var manifest =
                "{\"schemaVersion\":2,\"artifactType\":\"application/x-model\",\"config\":%s,\"layers\":[%s]}"
                        .formatted(descriptor(blobs, EMPTY, "{}", "{}"), String.join(",", layers));
        var type = "application/vnd.oci.image.manifest.v1+json";
        Files.writeString(
                directory.resolve("index.json"),
                "{\"schemaVersion\":2,\"manifests\":[%s]}"
                        .formatted(descriptor(blobs, type, manifest, "{}")));
        return directory;
    }

    private static String descriptor(Path blobs, String type, String content, String annotations)
            throws IOException {
        var bytes = content.getBytes(UTF_8);
        Files.write(blobs.resolve(Digest.of(bytes).hex()), bytes);
        return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d,\"annotations\":%s}"
                .formatted(type, Digest.of(bytes), bytes.length, annotations);
    }

    private Image load(Path layout) throws PullException {
        return images.load(layout, Optional.of(String.valueOf(layout.getFileName())));
    }

    private static String read(ImageVolume volume, String name) throws IOException {
        try (var directory = DirectoryFd.open(volume.mount().fd(), ".", OpenHow.READ);
                var file = directory.openFile(name, OpenHow.READ)) {
            return new String(file.readAll(100), UTF_8);
        }
    }

    @Test
    void shouldMountEachBlobAsTheFileThatItsTitleNames() throws Exception {
        var artifact = load(layout("model", "weights.bin", "w", "conf/a.json", "a", "", "n"));
        var base = load(layout("base", "x", "x"));
        snapshots.create(CONTAINER, base, List.of(artifact));

        assertThat(images.isArtifact(artifact)).isTrue();
        try (var volume = snapshots.mountVolume(CONTAINER, artifact.id(), "");
                var part = snapshots.mountVolume(CONTAINER, artifact.id(), "conf");
                var root = DirectoryFd.open(volume.mount().fd(), ".", OpenHow.READ)) {
            assertThat(read(volume, "weights.bin")).isEqualTo("w");
            assertThat(read(volume, Digest.of("n").hex())).isEqualTo("n");
            assertThat(read(part, "a.json")).isEqualTo("a");
            assertThat(root.list()).hasSize(3);
            assertThat(root.status("weights.bin").mode()).isEqualTo(0644);
            assertThat(root.status("conf").mode()).isEqualTo(0755);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"org.cncf.model.filepath", "org.cnai.model.filepath"})
    void shouldNameFilesAsModelsDo(String key) throws Exception {
        var artifact = load(annotated("model", key, "weights/a.bin", "w"));
        snapshots.create(CONTAINER, load(layout("base", "x", "x")), List.of(artifact));

        try (var volume = snapshots.mountVolume(CONTAINER, artifact.id(), "weights")) {
            assertThat(read(volume, "a.bin")).isEqualTo("w");
        }
    }

    @Test
    void shouldBeAnImageLikeAnyOtherToListRemoveAndRecover() throws Exception {
        var first = load(layout("first", "same", "same", "one", "1", "one", "1"));
        var second = load(layout("second", "same", "same", "two", "2"));

        assertThat(first.id()).isNotEqualTo(second.id());
        assertThat(images.find("first")).contains(first);
        assertThat(images.document(first)).asString(UTF_8).contains("application/x-model");
        assertThat(layers()).isEqualTo(3); // the same file under the same name is there once
        close();
        open();
        assertThat(images.images()).containsExactlyInAnyOrder(first, second);
        assertThat(images.isArtifact(first)).isTrue();
        images.remove(first);
        assertThat(layers()).isEqualTo(2);
        images.remove(second);
        assertThat(layers()).isZero();
    }

    /** Pushed by us, as the registry of Debian takes it. */
    @Test
    void shouldComeBackFromARegistryAsItWas() throws Exception {
        assumeTrue(DockerRegistry.isInstalled(), "needs docker-registry and skopeo: run ./test");
        try (var registry = DockerRegistry.start(Files.createDirectory(path.resolve("registry")))) {
            var base = load(layout("base", "x", "x"));
            var loaded = load(layout("model", "weights.bin", "w".repeat(99), "conf/a.json", "a"));
            var name = Reference.parse(registry.name("models/a:1"));
            var digest = new ImagePushes(images).push(loaded, name, (_, _, _) -> {});
            images.remove(loaded);
            assertThat(layers()).isEqualTo(1);

            var pulled = images.pull(PullRequest.of(name));

            assertThat(pulled.id()).isEqualTo(loaded.id());
            assertThat(pulled.repositoryDigests()).containsExactly(name.at(digest));
            assertThat(images.isArtifact(pulled)).isTrue();
            snapshots.create(CONTAINER, base, List.of(pulled));
            images.remove(pulled);
            try (var volume = snapshots.mountVolume(CONTAINER, pulled.id(), "")) {
                assertThat(read(volume, "weights.bin")).isEqualTo("w".repeat(99));
                assertThat(read(volume, "conf/a.json")).isEqualTo("a");
            }
            snapshots.remove(CONTAINER);
            assertThat(layers()).isEqualTo(1);
        }
    }

    private long layers() throws IOException {
        try (var listed = Files.list(new StoragePaths(path.resolve("root")).layers())) {
            return listed.count();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../out", "a/../../out", "/", "a\\u0000b"})
    void shouldRefuseTitleThatIsNoPlaceInside(String title) throws Exception {
        var layout = layout("hostile", "good", "g", title, "evil");

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> load(layout))
                .matches(failure -> failure.reason() == Reason.CORRUPT);
        assertThat(layers()).isZero();
        assertThat(path.resolve("root/out")).doesNotExist();
    }

    @Test
    void shouldRefuseArtifactWithoutFiles() throws Exception {
        var layout = layout("nothing");

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> load(layout))
                .withMessageContaining("an artifact without files");
    }
}
