package io.demitasse.linux.namespace;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** The namespaces that the current thread is alone in. Confined to that thread. */
public final class NewNamespaces {
    private final Thread inside = Thread.currentThread();

    NewNamespaces() {}

    /** Opens one of them; the descriptor keeps it alive and may be used from every thread. */
    public Fd open(NamespaceType type) throws SyscallException {
        checkThread();
        var link = link(type);
        try (var arena = Arena.ofConfined()) {
            int number =
                    SyscallException.check(
                            NamespaceSyscalls.openat(
                                    CallState.in(arena),
                                    NamespaceSyscalls.AT_FDCWD,
                                    arena.allocateFrom(link),
                                    NamespaceSyscalls.O_RDONLY | NamespaceSyscalls.O_CLOEXEC),
                            "openat(AT_FDCWD, \"%s\", O_RDONLY|O_CLOEXEC)",
                            link);
            return Fd.owning(number, "new " + type.procName() + " namespace");
        }
    }

    /**
     * Keeps one alive by a bind mount on a file, which is created.
     *
     * @throws SyscallException {@code EEXIST} if the file is there already
     */
    public void pin(NamespaceType type, Path file) throws SyscallException {
        checkThread();
        NamespacePin.create(link(type), file);
    }

    /** Names the host; requires a UTS namespace among the new ones. */
    public void setHostname(String hostname) throws SyscallException {
        checkThread();
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(hostname);
            SyscallException.check(
                    NamespaceSyscalls.sethostname(CallState.in(arena), name, name.byteSize() - 1),
                    "sethostname(\"%s\")",
                    hostname);
        }
    }

    /**
     * Does something as another user of the node, and without the capabilities of root meanwhile:
     * what only the root of a user namespace may do to a namespace which that owns.
     */
    public void asUser(int uid, NamespaceThread.Visit<?> visit) throws IOException {
        checkThread();
        setEffectiveUser(uid);
        try {
            var _ = visit.run();
        } finally {
            setEffectiveUser(0);
        }
    }

    private static void setEffectiveUser(int uid) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            SyscallException.check(
                    NamespaceSyscalls.setresuid(CallState.in(arena), -1, uid, -1),
                    "setresuid(-1, %d, -1)",
                    uid);
        }
    }

    private static String link(NamespaceType type) {
        return "/proc/thread-self/ns/" + type.procName();
    }

    private void checkThread() {
        if (!Thread.currentThread().equals(inside)) {
            throw new IllegalStateException("the new namespaces are those of " + inside);
        }
    }
}
