package io.demitasse.storage.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpExchange;
import io.demitasse.storage.OpenFiles;
import io.demitasse.storage.layer.TarBytes;
import io.demitasse.storage.reference.Reference;
import io.demitasse.storage.registry.HttpTimeouts;
import io.demitasse.storage.registry.LyingRegistry;
import io.demitasse.storage.registry.PullException;
import io.demitasse.storage.registry.PullException.Reason;
import io.demitasse.storage.registry.RegistryAccess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pulls that break, dawdle, are given up, and go on where they were. */
@Timeout(120)
class ResumeTest {
    private static final HttpTimeouts IMPATIENT =
            new HttpTimeouts(
                    Duration.ofSeconds(2),
                    Duration.ofMillis(500),
                    1000,
                    3,
                    Duration.ofMillis(1),
                    Duration.ofMillis(5));

    @TempDir Path path;
    private LyingRegistry registry;
    private ImageStore images;
    private TestImage image;
    private final AtomicLong served = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch half = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    @BeforeEach
    void open() throws IOException {
        var random = new byte[3_000_000];
        new Random(1).nextBytes(random);
        var text = new String(random, StandardCharsets.ISO_8859_1);
        image = TestImage.of(new TarBytes().file("f", text).bytes());
        registry = new LyingRegistry();
        image.serve(registry, "/v2/app");
        reopen();
    }

    private void reopen() throws IOException {
        images = ImageStore.open(path, RegistryAccess.standard().with(IMPATIENT));
    }

    @AfterEach
    void close() throws IOException {
        goOn.countDown();
        images.close();
        registry.close();
        assertThat(OpenFiles.below(path)).isEmpty();
        try (var partial = Files.list(path.resolve("partial"))) {
            assertThat(partial).isEmpty();
        }
    }

    private void onLayer(LyingRegistry.Answer answer) {
        registry.on("/v2/app/blobs/" + image.layerDigest(), answer);
    }

    private PullRequest request() {
        return PullRequest.of(Reference.parse(registry.host() + "/app"));
    }

    /** Answers as a registry does, and gives at most so many bytes. */
    private void give(HttpExchange exchange, int most) throws IOException {
        asked.incrementAndGet();
        var range = exchange.getRequestHeaders().getFirst("Range");
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("[^0-9]", ""));
        int rest = image.layer().length - from;
        if (from > 0) {
            exchange.getResponseHeaders()
                    .add(
                            "Content-Range",
                            "bytes %d-%d/%d".formatted(from, from + rest - 1, from + rest));
        }
        exchange.sendResponseHeaders(from == 0 ? 200 : 206, rest);
        int count = Math.min(most, rest);
        exchange.getResponseBody().write(image.layer(), from, count);
        exchange.getResponseBody().flush();
        served.addAndGet(count);
    }

    @Test
    void shouldGoOnWhereTheConnectionBroke() throws IOException {
        onLayer(exchange -> give(exchange, image.layer().length / 20));

        assertThat(images.pull(request()).layers()).hasSize(1);
        assertThat(asked.get()).isGreaterThanOrEqualTo(20);
        assertThat(served.get()).isLessThan(image.layer().length * 11L / 10);
    }

    @Test
    void shouldSkipWhatItHasWhenRegistryKnowsNoRanges() throws IOException {
        onLayer(exchange -> {
            int length = image.layer().length;
            int most = asked.incrementAndGet() == 1 ? length / 2 : length;
            exchange.sendResponseHeaders(200, length);
            exchange.getResponseBody().write(image.layer(), 0, most);
            exchange.getResponseBody().flush();
        });

        assertThat(images.pull(request()).layers()).hasSize(1);
        assertThat(asked).hasValue(2);
    }

    @Test
    void shouldGoOnAfterItWasCancelledAndRestarted() throws Exception {
        onLayer(this::giveHalfAndWait);
        var pull = new FutureTask<>(() -> images.pull(request()));
        var waiting = Thread.ofPlatform().start(pull);
        half.await();
        awaitReceived(image.layer().length / 2);

        waiting.interrupt();
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(pull::get)
                .havingCause()
                .isInstanceOf(PullException.class)
                .matches(cause -> ((PullException) cause).reason() == Reason.CANCELLED);
        assertThat(images.images()).isEmpty();
        // The pull's own thread ends on its own: the next one for the same image waits for it.
        onLayer(exchange -> give(exchange, Integer.MAX_VALUE));
        assertThat(images.pull(request()).layers()).hasSize(1);
        assertThat(served.get()).isLessThan(image.layer().length * 11L / 10);
    }

    /** What was given lies in the kernel's buffers for a while, and is lost with its connection. */
    private void awaitReceived(int bytes) throws IOException {
        var file = path.resolve("partial").resolve(image.layerDigest().hex());
        while (!Files.exists(file) || Files.size(file) < bytes) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void giveHalfAndWait(HttpExchange exchange) throws IOException {
        give(exchange, image.layer().length / 2);
        half.countDown();
        try {
            goOn.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void shouldUseWhatAnEarlierProcessLeftAndDistrustIt() throws Exception {
        var left = path.resolve("partial").resolve(image.layerDigest().hex());
        var prefix = java.util.Arrays.copyOf(image.layer(), 2_000_000);
        images.close();
        Files.write(left, prefix);
        reopen();
        onLayer(exchange -> give(exchange, Integer.MAX_VALUE));

        images.remove(images.pull(request()));
        assertThat(served.get()).isEqualTo(image.layer().length - 2_000_000L);

        prefix[1_000_000] ^= 1;
        Files.write(left, prefix);
        assertThat(images.pull(request()).layers()).hasSize(1);
    }

    @Test
    void shouldGiveUpWhenOneByteASecondComes() {
        onLayer(exchange -> {
            exchange.sendResponseHeaders(200, image.layer().length);
            for (int i = 0; i < 20; i++) {
                exchange.getResponseBody().write(1);
                exchange.getResponseBody().flush();
                java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
            }
        });

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(() -> images.pull(request()))
                .withMessageContaining("too slow")
                .matches(failure -> failure.reason() == Reason.UNAVAILABLE);
        images.images().forEach(each -> assertThat(each).isNull());
        forget();
    }

    private void forget() {
        onLayer(exchange -> give(exchange, Integer.MAX_VALUE));
        try {
            images.pull(request()); // what came slowly was wrong, too, and is not believed
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    void shouldPullOnceForAllAndGoOnWhileAnybodyWaits() throws Exception {
        onLayer(exchange -> {
            half.countDown();
            try {
                goOn.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            give(exchange, Integer.MAX_VALUE);
        });
        var impatient = new FutureTask<>(() -> images.pull(request()));
        var thread = Thread.ofPlatform().start(impatient);
        half.await();
        try (var executor = Executors.newFixedThreadPool(10)) {
            var entered = new CountDownLatch(9);
            var others = new ArrayList<Future<Image>>();
            for (int i = 0; i < 9; i++) {
                Callable<Image> pull =
                        () -> {
                            entered.countDown();
                            return images.pull(request());
                        };
                others.add(executor.submit(pull));
            }
            entered.await();
            thread.interrupt();
            assertThatExceptionOfType(ExecutionException.class).isThrownBy(impatient::get);
            goOn.countDown();
            for (var other : others) {
                assertThat(other.get().layers()).hasSize(1);
            }
        }
        assertThat(List.of(asked.get())).containsExactly(1);
    }
}
