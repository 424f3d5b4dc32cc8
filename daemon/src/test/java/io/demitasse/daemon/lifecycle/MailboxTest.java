package io.demitasse.daemon.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class MailboxTest {
    private static final int THREADS = 8;
    private static final int TASKS = 20_000;

    @Test
    void shouldRunOneTaskAtATimeWhenManyThreadsOffer() throws Exception {
        try (var drain = Executors.newFixedThreadPool(2);
                var clients = Executors.newFixedThreadPool(THREADS)) {
            var mailbox = new Mailbox(drain);
            // not atomic on purpose: a lost update would show that two tasks ran at once
            var counter = new int[1];
            var done = new CountDownLatch(THREADS);
            for (int i = 0; i < THREADS; i++) {
                boolean waits = i % 2 == 0;
                clients.execute(() -> {
                    for (int n = 0; n < TASKS; n++) {
                        offer(mailbox, waits, counter);
                    }
                    done.countDown();
                });
            }

            done.await();

            assertThat(mailbox.run(() -> counter[0])).isEqualTo(THREADS * TASKS);
        }
    }

    @Test
    void shouldGoOnAfterATaskThatThrows() {
        var mailbox = new Mailbox(Runnable::run);

        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        mailbox.run(() -> {
                            throw new IllegalArgumentException("refused");
                        }))
                .withMessage("refused");
        assertThat(mailbox.run(() -> "still here")).isEqualTo("still here");
    }

    private static void offer(Mailbox mailbox, boolean waits, int[] counter) {
        if (waits) {
            mailbox.run(() -> counter[0]++);
        } else {
            mailbox.post(() -> counter[0]++);
        }
    }
}
