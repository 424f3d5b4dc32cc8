package io.demitasse.storage.image;

import io.demitasse.storage.image.Flights.Flight;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Pulls each image once at a time, however many ask for it, and for as long as somebody waits.
 *
 * <p>Each has a thread of its own. When the last who waited for it was interrupted, so is it; who
 * asks for the same then starts where it left off, after it has ended.
 *
 * <p><b>Threads.</b> Shared; {@code underWay} and what is in it is guarded by this.
 */
final class SharedPulls {
    private final Map<PullRequest, Shared> underWay = new HashMap<>();

    private static final class Shared {
        private final CompletableFuture<Image> result = new CompletableFuture<>();
        private Thread thread = Thread.currentThread(); // until there is one
        private int waiting;
        private boolean abandoned;
    }

    Image join(PullRequest request, Flight<Image> pull) throws IOException {
        var shared = enter(request, pull);
        try {
            return Flights.await(shared.result);
        } finally {
            leave(shared);
        }
    }

    private synchronized Shared enter(PullRequest request, Flight<Image> pull) {
        var current = underWay.get(request);
        if (current == null || current.abandoned) {
            current = start(request, pull, current == null ? null : current.thread);
        }
        current.waiting++;
        return current;
    }

    private Shared start(
            PullRequest request,
            Flight<Image> pull,
            @org.jspecify.annotations.Nullable Thread before) {
        var started = new Shared();
        started.thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("storage-pull")
                        .unstarted(() -> run(request, started, pull, before));
        underWay.put(request, started);
        started.thread.start();
        return started;
    }

    private void run(
            PullRequest request,
            Shared shared,
            Flight<Image> pull,
            @org.jspecify.annotations.Nullable Thread before) {
        try {
            if (before != null) {
                before.join();
            }
            var image = pull.run();
            end(request, shared);
            shared.result.complete(image);
        } catch (InterruptedException interrupted) {
            end(request, shared);
            shared.result.completeExceptionally(
                    new java.io.InterruptedIOException("interrupted before the pull began"));
        } catch (IOException | RuntimeException | Error failure) {
            end(request, shared);
            shared.result.completeExceptionally(failure);
        }
    }

    /** Before the result is known: who asks again because he got a failure gets a new pull. */
    private synchronized void end(PullRequest request, Shared shared) {
        underWay.remove(request, shared);
    }

    private synchronized void leave(Shared shared) {
        shared.waiting--;
        if (shared.waiting == 0 && !shared.result.isDone()) {
            shared.abandoned = true;
            shared.thread.interrupt();
        }
    }
}
