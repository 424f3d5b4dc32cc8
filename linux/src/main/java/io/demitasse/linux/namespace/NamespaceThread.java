package io.demitasse.linux.namespace;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * A thread that leaves the namespaces of its process, does one thing in others, and ends.
 *
 * <p>It is a platform thread and never pooled: a thread that came back from here would run somebody
 * else's work in a stranger's network. The namespaces live on as long as a pin or a descriptor
 * does.
 *
 * <p>While the action runs, files below {@code /proc/sys}, sockets and child processes made by it
 * are those of the namespaces it is in.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/unshare.2.html">unshare(2)</a>
 */
public final class NamespaceThread<T> {
    private static final long STACK_BYTES = 256 << 10;

    private final CompletableFuture<T> result = new CompletableFuture<>();

    private NamespaceThread() {}

    /** What to do inside new namespaces. */
    @FunctionalInterface
    public interface Action<T> {
        /** Runs on the thread of the namespaces. */
        T run(NewNamespaces inside) throws IOException;
    }

    /** What to do inside an existing namespace. */
    @FunctionalInterface
    public interface Visit<T> {
        /** Runs on the thread that entered. */
        T run() throws IOException;
    }

    /** Starts a thread in new namespaces; at least one type. */
    public static <T> NamespaceThread<T> start(
            String name, Set<NamespaceType> types, Action<T> action) {
        int flags = 0;
        for (var type : types) {
            flags |= type.cloneFlag();
        }
        if (flags == 0) {
            throw new IllegalArgumentException("a namespace thread without namespaces");
        }
        int chosen = flags;
        return start(
                name,
                () -> {
                    unshare(chosen);
                    return action.run(new NewNamespaces());
                });
    }

    /**
     * Starts a thread in existing namespaces that nobody else is in yet, as if it had made them.
     * They are borrowed until the action begins.
     */
    public static <T> NamespaceThread<T> join(
            String name, Map<NamespaceType, Fd> namespaces, Action<T> action) {
        return start(
                name,
                () -> {
                    for (var each : namespaces.entrySet()) {
                        setns(each.getValue(), each.getKey().cloneFlag());
                    }
                    return action.run(new NewNamespaces());
                });
    }

    /** Starts a thread in an existing namespace, which is borrowed until the thread has entered. */
    public static <T> NamespaceThread<T> enter(
            String name, NamespaceType type, Fd namespace, Visit<T> visit) {
        return start(
                name,
                () -> {
                    setns(namespace, type.cloneFlag());
                    return visit.run();
                });
    }

    /**
     * Waits for the action to end, and with it the thread.
     *
     * @throws IOException what the action threw, or the kernel's refusal to make the namespaces
     */
    public T await() throws IOException {
        try {
            return uninterruptibly(result);
        } catch (ExecutionException failed) {
            switch (failed.getCause()) {
                case IOException thrown -> throw thrown;
                case RuntimeException thrown -> throw thrown;
                case Error thrown -> throw thrown;
                case null, default -> throw new AssertionError(failed);
            }
        }
    }

    /** Fails another future, too, should the action fail or not even begin. */
    public void relayFailure(CompletableFuture<?> other) {
        var _ =
                result.whenComplete((_, failure) -> {
                    if (failure != null) {
                        other.completeExceptionally(failure);
                    }
                });
    }

    private static <T> NamespaceThread<T> start(String name, Visit<T> visit) {
        var started = new NamespaceThread<T>();
        Thread.ofPlatform()
                .name(name)
                .daemon()
                .stackSize(STACK_BYTES)
                .inheritInheritableThreadLocals(false)
                .start(() -> started.run(visit));
        return started;
    }

    private void run(Visit<T> visit) {
        try {
            result.complete(visit.run());
        } catch (Throwable thrown) {
            // Not handled but handed over: await() throws it.
            result.completeExceptionally(thrown);
        }
    }

    private static void unshare(int flags) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            SyscallException.check(
                    NamespaceSyscalls.unshare(CallState.in(arena), flags), "unshare(%#x)", flags);
        }
    }

    private static void setns(Fd namespace, int type) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            SyscallException.check(
                    NamespaceSyscalls.setns(CallState.in(arena), namespace.number(), type),
                    "setns(%s, %#x)",
                    namespace,
                    type);
        }
    }

    /** The thread ends by itself soon, and what it makes must not be left behind unseen. */
    private static <T> T uninterruptibly(Future<T> future) throws ExecutionException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException again) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
