package io.demitasse.storage.image;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;

/** Does each thing once at a time: who asks for what is under way waits, and gets its result. */
final class Flights<K, V> {
    private final ConcurrentMap<K, CompletableFuture<V>> underWay = new ConcurrentHashMap<>();

    /** Something that takes its time. */
    interface Flight<V> {
        V run() throws IOException;
    }

    @CanIgnoreReturnValue
    V join(K key, Flight<V> flight) throws IOException {
        var own = new CompletableFuture<V>();
        var other = underWay.putIfAbsent(key, own);
        return other == null ? fly(key, own, flight) : await(other);
    }

    private V fly(K key, CompletableFuture<V> own, Flight<V> flight) throws IOException {
        try {
            var result = flight.run();
            own.complete(result);
            return result;
        } catch (IOException | RuntimeException | Error failure) {
            own.completeExceptionally(failure);
            throw failure;
        } finally {
            // Complete first, remove second: who comes in between gets the result, not a new
            // flight.
            own.cancel(false);
            underWay.remove(key, own);
        }
    }

    /** Waits for somebody else's result, and rethrows what it failed with. */
    @CanIgnoreReturnValue
    static <V> V await(CompletableFuture<V> other) throws IOException {
        try {
            return other.get();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted while waiting for a pull");
        } catch (CancellationException | ExecutionException failure) {
            var cause = failure.getCause();
            if (cause instanceof IOException expected) {
                throw expected;
            }
            throw new IOException("the pull that this one had joined failed", failure);
        }
    }
}
