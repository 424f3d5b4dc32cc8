package io.demitasse.daemon.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.admin.v1.DumpThreadsRequest;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DumpThreadsTest {
    private static final int MANY = 1_500;

    private final CountDownLatch over = new CountDownLatch(1);

    @Test
    void shouldTellWhoWaitsForWhom() throws Exception {
        var first = new ReentrantLock();
        var second = new ReentrantLock();
        var bothHaveOne = new CountDownLatch(2);
        var one = taker("one", first, second, bothHaveOne);
        var other = taker("other", second, first, bothHaveOne);
        one.start();
        other.start();
        await(one);
        await(other);

        assertThat(dump())
                .contains("deadlocked: ids ")
                .containsPattern(
                        "\"one\" id=\\d+ WAITING on java.util.concurrent.locks.*ReentrantLock.*"
                                + " of \"other\"")
                .containsPattern("has java.util.concurrent.locks.ReentrantLock.*");
        one.interrupt();
        other.interrupt();
    }

    @Test
    void shouldEndWithACountIfThereAreTooMany() throws Exception {
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < MANY; i++) {
            threads.add(Thread.ofPlatform().name("x".repeat(700)).start(this::waitForTheEnd));
        }
        threads.forEach(DumpThreadsTest::await);

        var text = dump();
        over.countDown();
        assertThat(text).hasSizeLessThan(ThreadText.MAX_CHARACTERS + 100);
        assertThat(text.strip()).matches("(?s).*and \\d+ threads more");
        for (var thread : threads) {
            thread.join();
        }
    }

    private void waitForTheEnd() {
        try {
            over.await();
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    private static Thread taker(
            String name, ReentrantLock mine, ReentrantLock yours, CountDownLatch bothHaveOne) {
        return Thread.ofPlatform()
                .name(name)
                .daemon()
                .unstarted(() -> {
                    mine.lock();
                    bothHaveOne.countDown();
                    try {
                        bothHaveOne.await();
                        yours.lockInterruptibly();
                    } catch (InterruptedException end) {
                        mine.unlock();
                    }
                });
    }

    private static void await(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    private static String dump() {
        return new DumpThreads().handle(DumpThreadsRequest.getDefaultInstance()).getText();
    }
}
