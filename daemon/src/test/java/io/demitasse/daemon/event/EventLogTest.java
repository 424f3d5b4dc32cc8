package io.demitasse.daemon.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventLogTest {
    private static final int RING_BYTES = 1 << 10;

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final EventLog log = new EventLog(thread, RING_BYTES);

    /** Takes so many events, then is not ready until it may take more. */
    private static final class RecordingSubscriber implements Subscriber {
        private final List<String> told = new ArrayList<>();
        private volatile int limit;

        RecordingSubscriber(int limit) {
            this.limit = limit;
        }

        @Override
        public void began() {
            told.add("began");
        }

        @Override
        public boolean isReady() {
            return told.size() <= limit;
        }

        @Override
        public void accept(byte[] event) {
            told.add(new String(event, UTF_8));
        }

        @Override
        public void missed(long events) {
            told.add("missed " + events);
        }

        @Override
        public void ended() {
            told.add("ended");
        }
    }

    @AfterEach
    void stop() {
        thread.shutdown();
    }

    @Test
    void shouldTellEachSubscriberWhatCameAfterIt() throws Exception {
        var first = new RecordingSubscriber(100);
        var second = new RecordingSubscriber(100);

        publish("too early");
        log.subscribe(first);
        settle();
        publish("a");
        publish("b");
        settle();
        log.subscribe(second);
        settle();
        publish("c");
        settle();

        assertThat(first.told).containsExactly("began", "a", "b", "c");
        assertThat(second.told).containsExactly("began", "c");
    }

    /** The publisher has put its event down and not come yet to having it read. */
    @Test
    void shouldNotTellASubscriberWhatWaitedToBeReadWhenItCame() {
        var tasks = new ArrayList<Runnable>();
        var log = new EventLog(tasks::add, RING_BYTES);
        var first = new RecordingSubscriber(100);
        var second = new RecordingSubscriber(100);
        log.subscribe(first);
        tasks.removeFirst().run();

        log.publish(() -> "before".getBytes(UTF_8));
        log.subscribe(second);
        tasks.removeLast().run();
        tasks.removeFirst().run();

        assertThat(tasks).isEmpty();
        assertThat(first.told).containsExactly("began", "before");
        assertThat(second.told).containsExactly("began");
    }

    @Test
    void shouldLetASlowSubscriberGoOnWhereItStoppedAndNotSlowOthers() throws Exception {
        var slow = new RecordingSubscriber(1);
        var quick = new RecordingSubscriber(100);
        var subscription = log.subscribe(slow);
        log.subscribe(quick);
        settle();

        publish("a");
        publish("b");
        publish("c");
        settle();

        assertThat(slow.told).containsExactly("began", "a");
        assertThat(quick.told).containsExactly("began", "a", "b", "c");
        slow.limit = 100;
        subscription.wake();
        settle();
        assertThat(slow.told).containsExactly("began", "a", "b", "c");
    }

    @Test
    void shouldTellHowManyWereMissedWhenTheRingHasComeRound() throws Exception {
        var slow = new RecordingSubscriber(1);
        var subscription = log.subscribe(slow);
        settle();

        for (int i = 0; i < 100; i++) {
            publish("event " + i);
            settle();
        }
        slow.limit = 100;
        subscription.wake();
        settle();

        assertThat(slow.told).containsExactly("began", "event 0", "missed 99");
        assertThat(isWatched()).isFalse();
    }

    @Test
    void shouldCountWhatIsTooLargeForTheRingAsMissed() throws Exception {
        var subscriber = new RecordingSubscriber(100);
        log.subscribe(subscriber);
        settle();

        publish("a");
        settle();
        publish("x".repeat(RING_BYTES));
        settle();

        assertThat(subscriber.told).containsExactly("began", "a", "missed 1");
    }

    /** Nobody reads while the network thread has something else to do. */
    @Test
    void shouldKeepFewBytesOfEventsThatWait() throws Exception {
        var log = new EventLog(thread, 4 << 20);
        var subscriber = new RecordingSubscriber(100);
        var busy = new CountDownLatch(1);
        log.subscribe(subscriber);
        settle();

        thread.execute(() -> {
            try {
                busy.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
        for (int i = 0; i < 30; i++) {
            log.publish(() -> new byte[100_000]);
        }
        busy.countDown();
        settle();

        assertThat(subscriber.told).containsExactly("began", "missed 30");
    }

    @Test
    void shouldNotEncodeWhenNobodyReads() throws Exception {
        assertThat(isWatched()).isFalse();

        var subscription = log.subscribe(new RecordingSubscriber(100));

        assertThat(isWatched()).isTrue();
        subscription.close();
        subscription.close();
        settle();
        assertThat(isWatched()).isFalse();
    }

    @Test
    void shouldEndEverySubscriptionWhenClosed() throws Exception {
        var before = new RecordingSubscriber(100);
        var after = new RecordingSubscriber(100);
        log.subscribe(before);

        log.close();
        log.subscribe(after);
        settle();

        assertThat(before.told).containsExactly("began", "ended");
        assertThat(after.told).containsExactly("ended");
        assertThat(isWatched()).isFalse();
    }

    @Test
    void shouldKeepTheOrderOfEachPublisher() throws Exception {
        int count = 500;
        var big = new EventLog(thread, 1 << 20);
        var subscriber = new RecordingSubscriber(Integer.MAX_VALUE);
        big.subscribe(subscriber);
        settle();

        var publishers =
                List.of("x", "y", "z").stream()
                        .map(name ->
                                Thread.ofPlatform()
                                        .start(() -> {
                                            for (int i = 0; i < count; i++) {
                                                var event = (name + i).getBytes(UTF_8);
                                                big.publish(() -> event);
                                            }
                                        }))
                        .toList();
        for (var publisher : publishers) {
            publisher.join();
        }
        settle();

        for (var name : List.of("x", "y", "z")) {
            var next = new AtomicInteger();
            assertThat(subscriber.told.stream().filter(told -> told.startsWith(name)))
                    .hasSize(count)
                    .allMatch(told -> told.equals(name + next.getAndIncrement()));
        }
    }

    private void publish(String event) {
        log.publish(() -> event.getBytes(UTF_8));
    }

    private boolean isWatched() {
        var encoded = new AtomicInteger();
        log.publish(() -> {
            encoded.incrementAndGet();
            return new byte[0];
        });
        return encoded.get() > 0;
    }

    /** Returns when all that was handed to the log's thread is done, and what that handed on. */
    private void settle() throws Exception {
        for (int i = 0; i < 3; i++) {
            thread.submit(() -> {}).get(30, TimeUnit.SECONDS);
        }
    }
}
