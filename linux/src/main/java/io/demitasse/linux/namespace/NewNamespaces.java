package io.demitasse.linux.namespace;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
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

    private static String link(NamespaceType type) {
        return "/proc/thread-self/ns/" + type.procName();
    }

    private void checkThread() {
        if (!Thread.currentThread().equals(inside)) {
            throw new IllegalStateException("the new namespaces are those of " + inside);
        }
    }
}
