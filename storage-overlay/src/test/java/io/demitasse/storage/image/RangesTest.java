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
import io.demitasse.storage.registry.Ranges;
import io.demitasse.storage.registry.RegistryAccess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Big blobs, asked for in pieces. */
@Timeout(120)
class RangesTest {
    private static final Ranges SMALL = new Ranges(1_000_000, 200_000, 3);

    @TempDir Path path;
    private LyingRegistry registry;
    private ImageStore images;
    private TestImage image;
    private final AtomicLong served = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();

    @BeforeEach
    void open() throws IOException {
        var random = new byte[3_000_000];
        new Random(1).nextBytes(random);
        var text = new String(random, StandardCharsets.ISO_8859_1);
        image = TestImage.of(new TarBytes().file("f", text).bytes());
        registry = new LyingRegistry();
        image.serve(registry, "/v2/app");
        var impatient =
                new HttpTimeouts(
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(30),
                        1,
                        3,
                        Duration.ofMillis(1),
                        Duration.ofMillis(5));
        images = ImageStore.open(path, RegistryAccess.standard().with(impatient).with(SMALL));
    }

    @AfterEach
    void close() throws IOException {
        images.close();
        registry.close();
        assertThat(OpenFiles.below(path)).isEmpty();
    }

    private Image pull() throws PullException {
        return images.pull(PullRequest.of(Reference.parse(registry.host() + "/app")));
    }

    private void onLayer(LyingRegistry.Answer answer) {
        registry.on("/v2/app/blobs/" + image.layerDigest(), answer);
    }

    /** Answers with what was asked for, of which at most so much. */
    private void give(HttpExchange exchange, int most) throws IOException {
        var range = exchange.getRequestHeaders().getFirst("Range").replaceAll("[^0-9-]", "");
        int dash = range.indexOf('-');
        int from = Integer.parseInt(range.substring(0, dash));
        int to = Integer.parseInt(range.substring(dash + 1));
        exchange.getResponseHeaders()
                .add("Content-Range", "bytes %d-%d/%d".formatted(from, to, image.layer().length));
        exchange.sendResponseHeaders(206, to + 1 - from);
        int count = Math.min(most, to + 1 - from);
        exchange.getResponseBody().write(image.layer(), from, count);
        exchange.getResponseBody().flush();
        served.addAndGet(count);
    }

    @Test
    void shouldFetchPiecesSideBySide() throws IOException {
        var three = new CountDownLatch(3);
        onLayer(exchange -> {
            if (asked.incrementAndGet() > 1) {
                three.countDown();
                try {
                    assertThat(three.await(60, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
            give(exchange, Integer.MAX_VALUE);
        });

        assertThat(pull().layers()).hasSize(1);
        assertThat(served).hasValue(image.layer().length);
        assertThat(asked).hasValue((image.layer().length + 199_999) / 200_000);
    }

    @Test
    void shouldGoOnWithinThePieceWhereTheConnectionBroke() throws IOException {
        onLayer(exchange -> give(exchange, 60_000));

        assertThat(pull().layers()).hasSize(1);
        assertThat(served.get()).isLessThan(image.layer().length * 11L / 10);
    }

    @Test
    void shouldTakeTheWholeFromOneThatKnowsNoRanges() throws IOException {
        onLayer(exchange -> {
            asked.incrementAndGet();
            exchange.sendResponseHeaders(200, image.layer().length);
            exchange.getResponseBody().write(image.layer());
        });

        assertThat(pull().layers()).hasSize(1);
        assertThat(asked).hasValue(2);
    }

    @Test
    void shouldGiveUpWhenNothingComesAnyMore() {
        onLayer(exchange -> give(exchange, asked.incrementAndGet() < 5 ? 200_000 : 0));

        assertThatExceptionOfType(PullException.class)
                .isThrownBy(this::pull)
                .matches(failure -> failure.reason() == Reason.UNAVAILABLE);
        assertThat(images.images()).isEmpty();
    }

    @Test
    void shouldNotBelieveAPieceOfAnotherPlace() throws IOException {
        onLayer(exchange -> {
            if (asked.incrementAndGet() == 1) {
                exchange.getResponseHeaders().add("Content-Range", "bytes 7-99/100");
                exchange.sendResponseHeaders(206, 93);
                exchange.getResponseBody().write(new byte[93]);
                return;
            }
            exchange.sendResponseHeaders(200, image.layer().length);
            exchange.getResponseBody().write(image.layer());
        });

        assertThat(pull().layers()).hasSize(1);
    }
}
