package io.demitasse.sandbox;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What has been done and would have to be undone, the last first. Confined to one thread.
 *
 * {@snippet :
 * try (var rollback = new Rollback()) {
 *     Files.createDirectory(directory);
 *     rollback.push(() -> Files.delete(directory));
 *     …
 *     rollback.commit();
 * }
 * }
 */
final class Rollback implements AutoCloseable {
    private final Deque<Undo> undos = new ArrayDeque<>();

    /** Takes one step back. */
    @FunctionalInterface
    interface Undo {
        void run() throws IOException;
    }

    void push(Undo undo) {
        undos.push(undo);
    }

    /** Keeps everything. */
    void commit() {
        undos.clear();
    }

    /** Undoes everything that was not committed; a step that fails does not stop the others. */
    @Override
    public void close() throws IOException {
        var failures = new Failures();
        while (!undos.isEmpty()) {
            failures.attempt(undos.pop());
        }
        failures.rethrow();
    }
}
