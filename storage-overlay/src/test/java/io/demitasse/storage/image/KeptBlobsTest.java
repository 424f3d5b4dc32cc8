package io.demitasse.storage.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.reference.Digest;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.LyingRegistry;
import io.demitasse.storage.registry.RegistryAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Layers that are kept as the registry had them. */
@Timeout(120)
class KeptBlobsTest {
    @TempDir Path path;
    private LyingRegistry registry;
    private ImageStore images;
    private TestImage image;

    @BeforeEach
    void open() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        registry = new LyingRegistry();
        image = TestImage.of(new TarBytes().file("f", "contents".repeat(1000)).bytes());
        image.serve(registry, "/v2/app");
        images = ImageStore.open(path, RegistryAccess.standard(), true);
    }

    @AfterEach
    void close() throws IOException {
        if (images != null) {
            images.close();
            registry.close();
            assertThat(OpenFiles.below(path)).isEmpty();
        }
    }

    private Image pull() throws IOException {
        return images.pull(PullRequest.of(Reference.parse(registry.host() + "/app")));
    }

    @Test
    void shouldKeepBlobAsLongAsAnImageHasIt() throws IOException {
        var pulled = pull();
        var blob = images.blob(image.layerDigest()).orElseThrow();

        assertThat(Files.readAllBytes(blob)).isEqualTo(image.layer());
        assertThat(images.usage().bytes()).isGreaterThan(pulled.sizeBytes());

        images.close();
        images = ImageStore.open(path, RegistryAccess.standard(), false);
        assertThat(images.blob(image.layerDigest())).hasValue(blob);

        images.remove(images.images().getFirst());
        assertThat(images.blob(image.layerDigest())).isEmpty();
        assertThat(blob).doesNotExist();
        assertThat(images.usage().bytes()).isZero();
    }

    @Test
    void shouldKeepNoneUnlessAskedTo() throws IOException {
        images.close();
        var stray = Files.write(path.resolve("blobs").resolve(Digest.of("x").hex()), new byte[1]);
        images = ImageStore.open(path);
        assertThat(stray).doesNotExist();
        pull();

        assertThat(images.blob(image.layerDigest())).isEmpty();
        assertThat(path.resolve("blobs")).isEmptyDirectory();
    }
}
