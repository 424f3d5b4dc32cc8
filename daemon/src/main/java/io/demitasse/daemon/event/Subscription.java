package io.demitasse.daemon.event;

import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.broadcast.BroadcastReceiver;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber's place in an {@link EventLog}.
 *
 * <p><b>Threads.</b> Anybody may wake or close it; all else belongs to the log's thread.
 */
public final class Subscription implements AutoCloseable {
    private final EventLog log;
    private final Subscriber subscriber;
    private final AtomicBoolean open = new AtomicBoolean(true);
    private @Nullable BroadcastReceiver cursor;
    private long position;

    Subscription(EventLog log, Subscriber subscriber) {
        this.log = log;
        this.subscriber = subscriber;
    }

    /** The subscriber is ready again. */
    public void wake() {
        log.wake();
    }

    /** Nothing more is told. */
    @Override
    public void close() {
        if (open.getAndSet(false)) {
            log.forget();
            log.wake();
        }
    }

    /** Starts behind everything that the ring holds. */
    void begin(UnsafeBuffer ring, long appended) {
        cursor = new BroadcastReceiver(ring);
        cursor.receiveNext(); // a new receiver stands on the latest event, not behind it
        position = appended;
        subscriber.began();
    }

    /** Tells what the subscriber takes; {@return whether it remains one} */
    boolean deliver(long appended, boolean lost) {
        if (lost && open.get()) {
            fail(appended);
        }
        while (open.get() && cursor != null && subscriber.isReady() && cursor.receiveNext()) {
            if (cursor.lappedCount() > 0) {
                fail(appended);
            } else {
                var event = new byte[cursor.length()];
                cursor.buffer().getBytes(cursor.offset(), event);
                position++;
                subscriber.accept(event);
            }
        }
        return open.get();
    }

    void end() {
        if (open.getAndSet(false)) {
            log.forget();
            subscriber.ended();
        }
    }

    private void fail(long appended) {
        if (open.getAndSet(false)) {
            log.forget();
            subscriber.missed(appended - position);
        }
    }
}
