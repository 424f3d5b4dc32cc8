package io.demitasse.daemon.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class NamesTest {
    private final Names<String> names = new Names<>();

    @Test
    void shouldJoinTheCreationThatIsUnderWay() throws Exception {
        var creating = new CountDownLatch(1);
        var finish = new CountDownLatch(1);
        var creations = new AtomicInteger();
        try (var clients = Executors.newFixedThreadPool(2)) {
            var first =
                    clients.submit(() ->
                            names.claim(
                                    "pod",
                                    () -> {
                                        creations.incrementAndGet();
                                        creating.countDown();
                                        finish.await();
                                        return "one";
                                    }));
            creating.await();
            var second = clients.submit(() -> names.claim("pod", () -> "two"));
            finish.countDown();

            assertThat(first.get()).isEqualTo(new Names.Claim<>("one", true));
            assertThat(second.get()).isEqualTo(new Names.Claim<>("one", false));
            assertThat(creations).hasValue(1);
        }
    }

    @Test
    void shouldGiveTheNameBackWhenCreationFails() throws Exception {
        assertThatIOException()
                .isThrownBy(() ->
                        names.claim(
                                "pod",
                                () -> {
                                    throw new IOException("no");
                                }));

        assertThat(names.claim("pod", () -> "again")).isEqualTo(new Names.Claim<>("again", true));
    }

    @Test
    void shouldTakeItsTurnWhenTheCreationThatItJoinedFails() throws Exception {
        var creating = new CountDownLatch(1);
        var finish = new CountDownLatch(1);
        var clients = Executors.newFixedThreadPool(2);
        try {
            var first =
                    clients.submit(() ->
                            names.claim(
                                    "pod",
                                    () -> {
                                        creating.countDown();
                                        finish.await();
                                        throw new IOException("no");
                                    }));
            creating.await();
            var second = clients.submit(() -> names.claim("pod", () -> "two"));
            finish.countDown();

            assertThat(first)
                    .failsWithin(Duration.ofSeconds(30))
                    .withThrowableThat()
                    .withRootCauseInstanceOf(IOException.class);
            assertThat(second)
                    .succeedsWithin(Duration.ofSeconds(30))
                    .isEqualTo(new Names.Claim<>("two", true));
        } finally {
            clients.shutdownNow();
        }
    }

    @Test
    void shouldKeepTheNameOfWhoeverGotItSince() throws Exception {
        names.note("pod", "old");
        names.release("pod", "old");
        names.note("pod", "new");
        names.release("pod", "old");

        assertThat(names.claim("pod", () -> "third").owner()).isEqualTo("new");
    }

    @Test
    void shouldForgetANameThatIsReleasedBeforeItsCreationIsOver() throws Exception {
        names.claim(
                "pod",
                () -> {
                    names.release("pod", "one");
                    return "one";
                });

        assertThat(names.claim("pod", () -> "two").owner()).isEqualTo("two");
    }

    @Test
    void shouldForgetAReleasedName() throws Exception {
        names.note("pod", "old");
        names.release("pod", "old");

        assertThat(names.claim("pod", () -> "new").owner()).isEqualTo("new");
    }
}
