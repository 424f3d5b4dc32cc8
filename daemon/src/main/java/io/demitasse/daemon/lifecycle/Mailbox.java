package io.demitasse.daemon.lifecycle;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;

/**
 * The single-writer queue of one pod: tasks run one at a time, in the order they were offered, on
 * whichever thread found the mailbox idle.
 *
 * <pre>
 *   event loop ──── post ──▶ tasks (MPSC) ──▶ executor thread drains
 *   request thread ─ run ──▶ tasks (MPSC) ──▶ drains itself if nobody does, else waits
 * </pre>
 *
 * <p><b>Threads.</b> Any thread may post or run. Tasks must not block and must not throw.
 *
 * <p>The queue grows by need: a pod's pending events are bounded by what it holds (an end per
 * container, a task per request in flight), so there is nothing to refuse.
 */
public final class Mailbox {
    private static final System.Logger LOGGER = System.getLogger(Mailbox.class.getName());
    private static final int CHUNK = 16;

    private final MessagePassingQueue<Runnable> tasks =
            new MpscUnboundedVarHandleArrayQueue<>(CHUNK);
    private final AtomicInteger pending = new AtomicInteger();
    private final Executor executor;

    /** Tasks posted to an idle mailbox run on the executor. */
    public Mailbox(Executor executor) {
        this.executor = executor;
    }

    /** Queues a task and returns at once. */
    public void post(Runnable task) {
        if (enqueue(task)) {
            executor.execute(this::drain);
        }
    }

    /** Runs a task in its turn, on this thread if the mailbox is idle, and returns its result. */
    public <T> T run(Supplier<T> task) {
        var result = new CompletableFuture<T>();
        boolean first =
                enqueue(() -> {
                    try {
                        result.complete(task.get());
                    } catch (RuntimeException failure) {
                        result.completeExceptionally(failure);
                    }
                });
        if (first) {
            drain();
        }
        try {
            return result.join();
        } catch (java.util.concurrent.CompletionException wrapped) {
            throw wrapped.getCause() instanceof RuntimeException cause ? cause : wrapped;
        }
    }

    private boolean enqueue(Runnable task) {
        tasks.offer(task);
        // Offer first, count second: the thread that counts from zero is the one that drains, and
        // the drainer leaves only when the count it took off reaches zero again.
        return pending.getAndIncrement() == 0;
    }

    /** A task that breaks must not take the tasks behind it with it. */
    private void runOne() {
        try {
            tasks.poll().run();
        } catch (RuntimeException bug) {
            LOGGER.log(System.Logger.Level.ERROR, "a task of a pod failed, ignoring", bug);
        }
    }

    private void drain() {
        int taken = 1;
        do {
            for (int i = 0; i < taken; i++) {
                runOne();
            }
            taken = pending.addAndGet(-taken);
        } while (taken > 0);
    }
}
