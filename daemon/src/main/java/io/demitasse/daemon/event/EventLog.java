package io.demitasse.daemon.event;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.broadcast.BroadcastBufferDescriptor;
import org.agrona.concurrent.broadcast.BroadcastTransmitter;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;

/**
 * What happened, encoded once, kept for as long as it fits, and read by each subscriber at its own
 * pace.
 *
 * <pre>
 *   mailboxes ── publish ──▶ pending (MPSC) ──▶ ring ─┬─ cursor ─▶ subscriber
 *   requests  ── publish ──▶                          └─ cursor ─▶ subscriber
 * </pre>
 *
 * <p>A subscriber that is not ready keeps its cursor; once the ring has come round to it, it is
 * told how much it missed, and is one no longer. Nobody waits for it. Without subscribers an event
 * is not even encoded.
 *
 * <p><b>Threads.</b> {@code subscriptions}, {@code ring} and {@code appended} belong to the one
 * thread behind the executor, which also calls the subscribers. The queue and the atomics are all
 * that other threads touch; publishing takes no lock and never waits.
 */
public final class EventLog implements AutoCloseable {
    private static final int MAX_PENDING = 1 << 12;
    private static final int MAX_PENDING_BYTES = 2 << 20;
    private static final int DEFAULT_RING_BYTES = 4 << 20;
    private static final int MESSAGE = 1;

    private final Executor thread;
    private final int ringBytes;
    private final MessagePassingQueue<byte[]> pending = new MpscVarHandleArrayQueue<>(MAX_PENDING);
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicInteger watchers = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong pendingBytes = new AtomicLong();

    private final List<Subscription> subscriptions = new ArrayList<>();
    private UnsafeBuffer ring = new UnsafeBuffer(new byte[0]);
    private long appended;
    private boolean closed;

    /** A log that is read on this executor, which must run one task at a time, in order. */
    public EventLog(Executor thread) {
        this(thread, DEFAULT_RING_BYTES);
    }

    /** As above, keeping so many bytes: a power of two. */
    EventLog(Executor thread, int ringBytes) {
        this.thread = thread;
        this.ringBytes = ringBytes;
    }

    /** Adds an event behind all others that this thread published; dropped if nobody reads. */
    public void publish(Supplier<byte[]> event) {
        if (watchers.get() == 0) {
            return;
        }
        var bytes = event.get();
        boolean fits = pendingBytes.addAndGet(bytes.length) <= MAX_PENDING_BYTES;
        if (!fits || !pending.offer(bytes)) {
            pendingBytes.addAndGet(-bytes.length);
            refused.incrementAndGet(); // every subscriber will be told that it missed one
        }
        wake();
    }

    /** Starts telling a subscriber what is published from now on, until it is closed. */
    public Subscription subscribe(Subscriber subscriber) {
        watchers.incrementAndGet();
        var subscription = new Subscription(this, subscriber);
        execute(() -> begin(subscription));
        return subscription;
    }

    /** Tells every subscriber that there will be no more. */
    @Override
    public void close() {
        execute(() -> {
            closed = true;
            subscriptions.forEach(Subscription::end);
            subscriptions.clear();
        });
    }

    /** Has what is pending read, soon and on the log's thread. */
    void wake() {
        // Offer first, schedule second: the reader clears the flag before it drains, so whoever
        // finds the flag set knows that a drain is still to come and will see the event.
        if (!scheduled.getAndSet(true)) {
            execute(this::read);
        }
    }

    /** One who was counted is gone. */
    void forget() {
        watchers.decrementAndGet();
    }

    private void execute(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException stopped) {
            // the daemon ends, and its connections with it
        }
    }

    private void begin(Subscription subscription) {
        if (closed) {
            subscription.end();
            return;
        }
        if (ring.capacity() == 0) {
            ring =
                    new UnsafeBuffer(
                            ByteBuffer.allocateDirect(
                                    ringBytes + BroadcastBufferDescriptor.TRAILER_LENGTH));
        }
        read(); // what is pending was published before
        subscriptions.add(subscription);
        subscription.begin(ring, appended);
    }

    private void read() {
        scheduled.set(false);
        for (var event = pending.poll(); event != null; event = pending.poll()) {
            pendingBytes.addAndGet(-event.length);
            append(event);
        }
        long lost = refused.getAndSet(0);
        appended += lost;
        subscriptions.removeIf(subscription -> !subscription.deliver(appended, lost > 0));
    }

    private void append(byte[] event) {
        if (subscriptions.isEmpty()) {
            return; // the last one left meanwhile
        }
        var transmitter = new BroadcastTransmitter(ring);
        if (event.length > transmitter.maxMsgLength()) {
            refused.incrementAndGet();
            return;
        }
        transmitter.transmit(MESSAGE, new UnsafeBuffer(event), 0, event.length);
        appended++;
    }
}
