package io.demitasse.storage.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.credential.Credentials;
import io.demitasse.storage.endpoint.HostDirectories;
import io.demitasse.storage.image.ImagePushes.Step;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.DockerRegistry;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.RegistryAccess;
import io.demitasse.storage.registry.UploadRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images put into registries, read back with skopeo; and saved to archives. As root. */
@Timeout(120)
class PushTest {
    @TempDir static Path shared;
    private static DockerRegistry registry;
    private static Path layout;

    @TempDir Path path;
    private Path certs;
    private ImageStore images;
    private final List<String> steps = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        assumeTrue(DockerRegistry.isInstalled(), "needs docker-registry and skopeo: run ./test");
        registry = DockerRegistry.start(shared);
        layout =
                new TestLayout(Files.createDirectory(shared.resolve("layout")))
                        .layer(
                                new TarBytes()
                                        .file("bin/sh", "shell")
                                        .sparse("holes", 1 << 20, List.of(9L, 5L), "piece")
                                        .bytes())
                        .layer(big())
                        .finish("{}");
    }

    /** More than two chunks, which no compressor makes smaller. */
    private static byte[] big() {
        var random = new Random(1);
        var text = new StringBuilder();
        for (int i = 0; i < 20 << 20; i++) {
            text.append((char) random.nextInt(128));
        }
        return new TarBytes().file("big", text.toString()).bytes();
    }

    @AfterAll
    static void stop() {
        if (registry != null) {
            registry.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        certs = Files.createDirectories(path.resolve("certs.d"));
        images =
                ImageStore.open(
                        path.resolve("store"),
                        RegistryAccess.of(
                                new HostDirectories(List.of(certs)), Credentials.ANONYMOUS));
    }

    @AfterEach
    void close() throws IOException {
        images.close();
        assertThat(OpenFiles.below(path)).isEmpty();
    }

    private Digest push(Image image, String name) throws PullException {
        return new ImagePushes(images)
                .push(
                        image,
                        Reference.parse(name),
                        (blob, step, _) -> {
                            if (step != Step.SENDING) {
                                steps.add(step.name());
                            }
                        });
    }

    private Image pull(String name) throws PullException {
        return images.pull(PullRequest.of(Reference.parse(name)));
    }

    private Path copyWithSkopeo(String name) throws Exception {
        var copy = path.resolve("copy-" + name.hashCode());
        DockerRegistry.run(
                List.of(
                        "skopeo",
                        "copy",
                        "--insecure-policy",
                        "--src-tls-verify=false",
                        "docker://" + name,
                        "oci:" + copy + ":latest"));
        return copy;
    }

    @Test
    void shouldKeepDigestsWhenPushingWhatWasPulledToAnotherRegistry() throws Exception {
        registry.push(layout, "from/app:1", "v2s2");
        var image = pull(registry.name("from/app:1"));
        try (var other = new UploadRegistry()) {
            var digest = push(image, other.name("to/app:2"));

            assertThat(image.repositoryDigests().getFirst()).endsWith("@" + digest);
            assertThat(Digest.of(other.content("/v2/to/app/manifests/2"))).isEqualTo(digest);
            assertThat(steps).containsExactly("SENT", "SENT", "SENT");
            assertThat(images.find(image.id()).orElseThrow().repositoryDigests())
                    .contains(Reference.parse(other.name("to/app:2")).at(digest));
        }
    }

    @Test
    void shouldTakeOverLayersFromAnotherRepositoryAndSendNothingTwice() throws Exception {
        registry.push(layout, "mount/app:1", "oci");
        var image = pull(registry.name("mount/app:1"));

        var first = push(image, registry.name("elsewhere/app:2"));
        var again = push(image, registry.name("elsewhere/app:3"));

        assertThat(steps.subList(0, 2)).containsExactly("MOUNTED", "MOUNTED");
        assertThat(steps.subList(3, 6)).containsExactly("THERE", "THERE", "THERE");
        assertThat(again).isEqualTo(first);
        assertThat(copyWithSkopeo(registry.name("elsewhere/app:3"))).isNotEmptyDirectory();
    }

    @Test
    void shouldPushWhatWasLoadedAndNobodyElseHas() throws Exception {
        var image = images.load(layout, Optional.of("loaded/app:1"));

        push(image, registry.name("loaded/app:1"));
        var copied = copyWithSkopeo(registry.name("loaded/app:1"));

        // Compressed anew, the same image: what an id says are the uncompressed layers.
        var back = images.load(copied, Optional.of("back/app:1"));
        assertThat(back.id()).isEqualTo(image.id());
        assertThat(back.layers()).isEqualTo(image.layers());
    }

    @Test
    void shouldGoOnInTheMiddleOfAChunkAfterItsConnectionBroke() throws Exception {
        var image = images.load(layout, Optional.of("cut/app:1"));
        try (var cutting = new UploadRegistry().cutting(3)) {
            push(image, cutting.name("cut/app:1"));

            assertThat(cutting.asked()).anyMatch(each -> each.startsWith("GET /upload/"));
            assertThat(cutting.receivedBytes()).isBetween(17_000_000L, 20_000_000L);
        }
    }

    @Test
    void shouldSendABlobAgainWhenTheRegistryForgotIt() throws Exception {
        var image = images.load(layout, Optional.of("cut/app:1"));
        try (var forgetful = new UploadRegistry().cutting(1).forgetting()) {
            push(image, forgetful.name("cut/app:1"));

            assertThat(forgetful.content("/v2/cut/app/manifests/1")).isNotEmpty();
        }
    }

    @Test
    void shouldNotPushADamagedLayer() throws Exception {
        var image = images.load(layout, Optional.of("damaged/app:1"));
        Files.writeString(images.layers(image).getLast().resolve("bin/sh"), "shelf");

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> push(image, registry.name("damaged/app:1")))
                .withMessageContaining("bin/sh")
                .withMessageContaining("has other contents");
        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pull(registry.name("damaged/app:1")))
                .matches(failure -> failure.reason() == PullException.Reason.NOT_FOUND);
    }

    @Test
    void shouldPushOnlyWhereItIsAllowed() throws Exception {
        var image = images.load(layout, Optional.of("loaded/app:1"));
        try (var server = new UploadRegistry();
                var mirror = new UploadRegistry()) {
            var host = Reference.parse(server.name("x")).domain();
            Files.writeString(
                    Files.createDirectories(certs.resolve(host)).resolve("hosts.toml"),
                    """
                    server = "http://%s"
                    [host."http://%s"]
                    capabilities = ["pull", "resolve"]
                    """
                            .formatted(host, Reference.parse(mirror.name("x")).domain()));

            push(image, server.name("app:1"));
            assertThat(server.content("/v2/app/manifests/1")).isNotEmpty();
            assertThat(mirror.asked()).isEmpty();

            Files.writeString(
                    certs.resolve(host).resolve("hosts.toml"),
                    "server = \"http://" + host + "\"\ncapabilities = [\"pull\"]\n");
            assertThatExceptionOfType(PullException.class)
                    .isThrownBy(() -> push(image, server.name("app:2")))
                    .withMessageContaining("capability \"push\"");
        }
    }

    @Test
    void shouldSaveWhatSkopeoAndLoadRead() throws Exception {
        registry.push(layout, "save/app:1", "v2s2");
        var pulled = pull(registry.name("save/app:1"));
        var umoci =
                images.load(
                        new TestLayout(Files.createDirectory(path.resolve("second")))
                                .layer(new TarBytes().file("second", "2").bytes())
                                .finish("{}"),
                        Optional.of("saved/second:1"));
        var file = path.resolve("saved.tar");
        try (var out = Files.newOutputStream(file)) {
            new ImageSaves(images)
                    .save(
                            List.of(
                                    new ImageSaves.Saved(pulled, "docker.io/saved/first:1"),
                                    new ImageSaves.Saved(umoci, "docker.io/saved/second:1")),
                            out);
        }

        DockerRegistry.run(
                List.of(
                        "skopeo",
                        "copy",
                        "--insecure-policy",
                        "oci-archive:" + file + ":docker.io/saved/second:1",
                        "oci:" + path.resolve("by-skopeo") + ":latest"));
        images.remove(pulled);
        images.remove(umoci);
        var loaded = images.loadAll(file, Optional.empty());

        assertThat(loaded).extracting(Image::id).containsExactly(pulled.id(), umoci.id());
        assertThat(loaded)
                .extracting(image -> image.repositoryTags().getFirst())
                .containsExactly("docker.io/saved/first:1", "docker.io/saved/second:1");
    }
}
