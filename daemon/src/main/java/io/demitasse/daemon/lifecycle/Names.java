package io.demitasse.daemon.lifecycle;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;

/**
 * Names that belong to one thing at a time, and to the request that is creating it.
 *
 * <p>A client that lost its answer asks again; the second request joins the first instead of being
 * told that the name is reserved. A creation that fails gives its name back at once.
 */
public final class Names<T> {
    private final ConcurrentMap<String, CompletableFuture<T>> taken = new ConcurrentHashMap<>();

    /**
     * {@return what has this name, waiting for it if it is just being created; or what we created}
     */
    public Claim<T> claim(String name, Callable<T> creation) throws Exception {
        var ours = new CompletableFuture<T>();
        while (true) {
            var theirs = taken.putIfAbsent(name, ours);
            if (theirs == null) {
                return new Claim<>(create(name, ours, creation), true);
            }
            try {
                return new Claim<>(theirs.get(), false);
            } catch (ExecutionException failed) {
                // their creation failed and gave the name back: it is our turn
                taken.remove(name, theirs);
            }
        }
    }

    /** Notes a name of something that was found again after a restart. */
    public void note(String name, T owner) {
        taken.put(name, CompletableFuture.completedFuture(owner));
    }

    /** Gives a name back, unless it belongs to another by now. */
    public void release(String name, T owner) {
        var theirs = taken.get(name);
        if (theirs != null) {
            // who is being created may be found, and removed, before its creator knows that it is
            var _ =
                    theirs.whenComplete((made, _) -> {
                        if (owner.equals(made)) {
                            taken.remove(name, theirs);
                        }
                    });
        }
    }

    /** What has the name, and whether it was created by this very call. */
    public record Claim<T>(T owner, boolean isNew) {}

    private T create(String name, CompletableFuture<T> ours, Callable<T> creation)
            throws Exception {
        try {
            var created = creation.call();
            ours.complete(created);
            return created;
        } catch (Exception | Error failure) {
            taken.remove(name, ours);
            ours.completeExceptionally(failure);
            throw failure;
        }
    }
}
