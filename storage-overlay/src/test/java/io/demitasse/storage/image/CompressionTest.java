package io.demitasse.storage.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.LyingRegistry;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Layers in each form that registries have them in. */
@Timeout(120)
class CompressionTest {
    @TempDir Path path;
    private final byte[] tar = new TarBytes().file("f", "contents".repeat(100_000)).bytes();
    private LyingRegistry registry;
    private ImageStore images;

    @BeforeEach
    void open() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root: run ./test");
        registry = new LyingRegistry();
        images = ImageStore.open(path.resolve("store"));
    }

    @AfterEach
    void close() {
        if (images != null) {
            registry.close();
            images.close();
        }
    }

    private byte[] pulled(byte[] layer) throws IOException {
        TestImage.of(tar, layer).serve(registry, "/v2/app");
        var image = images.pull(PullRequest.of(Reference.parse(registry.host() + "/app")));
        return new ImageFiles(images).read(image, "f", 1 << 20).orElseThrow();
    }

    private byte[] zstd(byte[] content) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/zstd")), "needs zstd: run ./test");
        var file = Files.write(path.resolve("plain"), content);
        var process = new ProcessBuilder("zstd", "-q", "-c", file.toString()).start();
        return process.getInputStream().readAllBytes();
    }

    @Test
    void shouldUnpackEachForm() throws Exception {
        var contents = "contents".repeat(100_000).getBytes(UTF_8);
        int half = tar.length / 2;
        var members = new ByteArrayOutputStream();
        members.writeBytes(TestLayout.gzip(Arrays.copyOf(tar, half)));
        members.writeBytes(TestLayout.gzip(new byte[0]));
        members.writeBytes(TestLayout.gzip(Arrays.copyOfRange(tar, half, tar.length)));

        assertThat(pulled(tar)).isEqualTo(contents);
        images.remove(images.images().getFirst());
        assertThat(pulled(members.toByteArray())).isEqualTo(contents);
        images.remove(images.images().getFirst());
        assertThat(pulled(zstd(tar))).isEqualTo(contents);
    }

    /** As pzstd begins each of its parts, and others end. */
    @Test
    void shouldUnpackZstdWithFramesThatSayNothing() throws Exception {
        for (byte kind : new byte[] {0x50, 0x5f}) {
            var skippable = new byte[] {kind, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4};
            var layer = new ByteArrayOutputStream();
            layer.writeBytes(skippable);
            layer.writeBytes(zstd(tar));
            layer.writeBytes(skippable);

            assertThat(pulled(layer.toByteArray())).hasSize(800_000);
            images.remove(images.images().getFirst());
        }
    }

    @Test
    void shouldSayThatZstdIsBroken() throws Exception {
        var broken = zstd(tar);
        broken[broken.length / 2] ^= 1;

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> pulled(broken))
                .withMessageContaining("zstd: ")
                .matches(failure -> failure.reason() == Reason.CORRUPT);
    }
}
