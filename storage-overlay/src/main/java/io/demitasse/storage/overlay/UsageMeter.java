package io.demitasse.storage.overlay;

import io.demitasse.linux.SyscallException;
import io.demitasse.storage.FilesystemUsage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps what each container wrote takes, and the sum of it, so that asking costs nothing.
 *
 * <p>Measuring means walking, which a thread does in the background, for what was asked about and
 * is older than ten seconds. Who has a moment may wait for it. Every figure says when it was true.
 *
 * <p><b>Threads.</b> Shared. All fields are guarded by this; the walking is done without the lock.
 */
final class UsageMeter implements AutoCloseable {
    static final Duration KEPT = Duration.ofSeconds(10);

    private final Measurement measurement;
    private final InstantSource clock;
    private final Map<String, Kept> kept = new HashMap<>();
    private final Deque<String> queue = new ArrayDeque<>();
    private final Thread thread;
    private FilesystemUsage total = FilesystemUsage.NONE;
    private int unmeasured;
    private Instant passBegan = Instant.MIN;
    private Instant current; // since when every figure was measured
    private boolean passWanted;
    private boolean passing;
    private boolean closed;

    /** Looks at what a container wrote. */
    interface Measurement {
        FilesystemUsage of(String container) throws SyscallException;
    }

    private static final class Kept {
        private FilesystemUsage usage;
        private Instant at = Instant.MIN;
        private boolean queued;

        Kept(FilesystemUsage usage) {
            this.usage = usage;
        }
    }

    UsageMeter(Measurement measurement, InstantSource clock) {
        this.measurement = measurement;
        this.clock = clock;
        this.current = clock.instant();
        this.thread = Thread.ofPlatform().daemon().name("storage-usage").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Begins to keep a container's figure, with what is known of it. */
    synchronized void add(String container, FilesystemUsage first) {
        kept.put(container, new Kept(first));
        total = total.plus(first);
        unmeasured++;
    }

    synchronized void remove(String container) {
        var gone = kept.remove(container);
        if (gone != null) {
            total = total.minus(gone.usage);
            unmeasured -= gone.at.equals(Instant.MIN) ? 1 : 0;
            notifyAll();
        }
    }

    /** {@return what one wrote, as last measured; if that was long ago, it is measured again} */
    synchronized Measured one(String container) {
        var known = kept.get(container);
        if (known == null) {
            return new Measured(FilesystemUsage.NONE, clock.instant());
        }
        wish(container, known);
        return new Measured(known.usage, known.at.equals(Instant.MIN) ? clock.instant() : known.at);
    }

    /**
     * {@return what all wrote; true at the time that the oldest of these figures was measured}
     *
     * <p>Takes the same time however many there are: the pass over all is the thread's work.
     */
    synchronized Measured all() {
        if (!passing && isOld(passBegan)) {
            passWanted = true;
            notifyAll();
        }
        return new Measured(total, kept.isEmpty() ? clock.instant() : current);
    }

    /** Waits until these were measured not long ago, or until patience ends. */
    synchronized void await(Collection<String> containers, Duration patience)
            throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        var waiting = new ArrayList<>(containers);
        while (!closed) {
            waiting.removeIf(this::isMeasured);
            long left = deadline - System.nanoTime();
            if (waiting.isEmpty() || left <= 0) {
                return;
            }
            wait(1 + left / 1_000_000);
        }
    }

    /** Waits until each container that there is was measured once, or until patience ends. */
    synchronized void awaitAll(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        long left = patience.toNanos();
        while (!closed && unmeasured > 0 && left > 0) {
            kept.forEach((container, known) -> {
                if (known.at.equals(Instant.MIN)) {
                    wish(container, known);
                }
            });
            wait(1 + left / 1_000_000);
            left = deadline - System.nanoTime();
        }
    }

    private boolean isMeasured(String container) {
        var known = kept.get(container);
        if (known == null) {
            return true;
        }
        wish(container, known);
        return !known.queued;
    }

    private void wish(String container, Kept known) {
        if (!known.queued && isOld(known.at)) {
            known.queued = true;
            queue.add(container);
            notifyAll();
        }
    }

    private boolean isOld(Instant at) {
        return at.equals(Instant.MIN) || !clock.instant().isBefore(at.plus(KEPT));
    }

    private void run() {
        try {
            for (var next = next(); !next.isEmpty(); next = next()) {
                for (var container : next) {
                    measure(container);
                }
                endPass();
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@return what to measure next; nothing when all is over} */
    private synchronized List<String> next() throws InterruptedException {
        while (!closed && queue.isEmpty()) {
            if (passWanted) {
                beginPass();
            } else {
                wait();
            }
        }
        var wanted = closed ? List.<String>of() : List.copyOf(queue);
        queue.clear();
        return wanted;
    }

    private void beginPass() {
        passWanted = false;
        passing = true;
        passBegan = clock.instant();
        kept.forEach(this::wish);
        if (queue.isEmpty()) {
            endPass();
        }
    }

    private void measure(String container) {
        var began = clock.instant();
        FilesystemUsage usage;
        try {
            usage = measurement.of(container);
        } catch (SyscallException gone) {
            usage = null; // or unreadable: the last figure stays
        }
        store(container, usage, began);
    }

    private synchronized void store(
            String container,
            @org.jspecify.annotations.Nullable FilesystemUsage usage,
            Instant began) {
        var known = kept.get(container);
        if (known != null) {
            known.queued = false;
            unmeasured -= known.at.equals(Instant.MIN) ? 1 : 0;
            known.at = began;
            if (usage != null) {
                total = total.minus(known.usage).plus(usage);
                known.usage = usage;
            }
        }
        notifyAll();
    }

    /** What was asked for by itself meanwhile is measured in the next round. */
    private synchronized void endPass() {
        if (passing) {
            passing = false;
            current = passBegan;
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
