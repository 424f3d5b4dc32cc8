package io.demitasse.sandbox;

import io.demitasse.sandbox.Creation.Begun;
import io.demitasse.sandbox.Creation.Shape;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Sandboxes of the usual shape, made before anybody asks: most of what a pod waits for is a network
 * namespace and a link, and none of that depends on the request.
 *
 * <p>They have no record, so that whatever a crash leaves of them is collected at the next start.
 *
 * <p><b>Threads.</b> One thread of its own makes them; any thread may take one.
 */
final class ReadySandboxes implements Runnable {
    /** A pod that was taken is having its containers started just then: those come first. */
    private static final Duration PAUSE = Duration.ofMillis(6);

    /** After a failure; whoever needs a sandbox meanwhile makes one, and reports why it cannot. */
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(5);

    private final Supplier<Creation> creations;
    private final Semaphore wanted;
    private final ConcurrentLinkedQueue<Begun> ready = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean running = true;

    /** Keeps this many ready from now on. */
    ReadySandboxes(int count, Supplier<Creation> creations) {
        this.creations = creations;
        this.wanted = new Semaphore(count);
        this.thread = Thread.ofPlatform().name("sandboxes-ready").daemon().start(this);
    }

    /** {@return one of this shape, and makes another for it} */
    Optional<Begun> take(Shape shape) {
        var next = ready.peek();
        if (next == null || !next.shape().equals(shape)) {
            return Optional.empty();
        }
        var taken = Optional.ofNullable(ready.poll());
        if (taken.isPresent()) {
            wanted.release();
        }
        return taken;
    }

    @Override
    public void run() {
        while (running) {
            wanted.acquireUninterruptibly();
            LockSupport.parkNanos(PAUSE.toNanos());
            if (running) {
                make();
            }
        }
    }

    private void make() {
        try {
            ready.add(creations.get().begin());
        } catch (IOException | RuntimeException failure) {
            // Not lost: the request that has to make its own will meet it too, and say it.
            LockSupport.parkNanos(PAUSE_AFTER_FAILURE.toNanos());
            wanted.release();
        }
    }

    /** Makes no more; {@return those that nobody took, which the caller removes} */
    Iterable<Begun> stop() throws InterruptedException {
        running = false;
        wanted.release();
        LockSupport.unpark(thread);
        thread.join();
        return ready;
    }
}
