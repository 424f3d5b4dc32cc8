package io.demitasse.storage.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.progress.LayerProgress;
import io.demitasse.storage.progress.LayerProgress.State;
import io.demitasse.storage.progress.PullTotals;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.LyingRegistry;
import io.demitasse.storage.registry.PullException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What can be read of a pull while it goes on. */
@Timeout(120)
class PullProgressTest {
    @TempDir Path path;
    private LyingRegistry registry;
    private ImageStore images;
    private TestImage image;

    @BeforeEach
    void open() throws IOException {
        var random = new byte[1_000_000];
        new Random(1).nextBytes(random);
        var text = new String(random, StandardCharsets.ISO_8859_1);
        image = TestImage.of(new TarBytes().file("f", text).bytes());
        registry = new LyingRegistry();
        image.serve(registry, "/v2/app");
        images = ImageStore.open(path);
    }

    @AfterEach
    void close() throws IOException {
        images.close();
        registry.close();
    }

    private PullRequest request() {
        return PullRequest.of(Reference.parse(registry.host() + "/app"));
    }

    private LayerProgress layer() {
        return images.pulls().getFirst().layers().getFirst();
    }

    private void await(long downloaded) {
        while (images.pulls().isEmpty()
                || images.pulls().getFirst().layers().isEmpty()
                || layer().downloadedBytes() < downloaded) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void shouldSayHowMuchOfEachLayerHasCome() throws Exception {
        int size = image.layer().length;
        var goOn = new CountDownLatch(1);
        registry.on(
                "/v2/app/blobs/" + image.layerDigest(),
                exchange -> {
                    exchange.sendResponseHeaders(200, size);
                    exchange.getResponseBody().write(image.layer(), 0, size / 2);
                    exchange.getResponseBody().flush();
                    try {
                        goOn.await();
                    } catch (InterruptedException interrupted) {
                        Thread.currentThread().interrupt();
                    }
                    exchange.getResponseBody().write(image.layer(), size / 2, size - size / 2);
                });
        assertThat(images.pulls()).isEmpty();
        var pull = new FutureTask<>(() -> images.pull(request()));
        Thread.ofPlatform().start(pull);
        await(size / 2);

        assertThat(images.pulls())
                .singleElement()
                .satisfies(shown -> {
                    assertThat(shown.reference()).isEqualTo(request().reference().toString());
                    assertThat(shown.totalBytes()).isEqualTo(size);
                });
        assertThat(layer().state()).isEqualTo(State.DOWNLOADING);
        assertThat(layer().downloadedBytes()).isEqualTo(size / 2);
        assertThat(layer().unpackedBytes()).isLessThanOrEqualTo(size / 2);
        goOn.countDown();
        pull.get();
        assertThat(images.pulls()).isEmpty();
        assertThat(images.pullTotals()).isEqualTo(new PullTotals(size, size, 1, 0));
    }

    @Test
    void shouldCountWhatIsHereOnceAndFailuresToo() throws Exception {
        images.pull(request());
        var before = images.pullTotals();

        images.pull(request());

        assertThat(images.pullTotals())
                .isEqualTo(new PullTotals(before.receivedBytes(), before.unpackedBytes(), 2, 0));
        var unknown = PullRequest.of(Reference.parse(registry.host() + "/other"));
        assertThatExceptionOfType(PullException.class).isThrownBy(() -> images.pull(unknown));
        assertThat(images.pulls()).isEmpty();
        assertThat(images.pullTotals().failed()).isEqualTo(1);
    }
}
