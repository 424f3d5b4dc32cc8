package io.demitasse.daemon.runtime;

import io.demitasse.daemon.record.v1.SandboxRecord;
import io.demitasse.linux.Fd;
import io.demitasse.sandbox.Sandbox;
import io.demitasse.shim.container.Namespaces;
import io.demitasse.shim.container.PidNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The pinned namespaces of a pod, open for one launch. Absent ones are the node's. */
record PodNamespaces(Optional<Fd> net, Optional<Fd> ipc, Optional<Fd> uts, Optional<Fd> user)
        implements AutoCloseable {
    static PodNamespaces open(SandboxRecord record, Sandbox sandbox) throws IOException {
        var opened = new ArrayList<Optional<Fd>>();
        try {
            opened.add(sandbox.netns());
            opened.add(sandbox.ipcns());
            opened.add(sandbox.utsns());
            opened.add(user(record, sandbox));
        } catch (IOException | RuntimeException failure) {
            close(opened);
            throw failure;
        }
        return new PodNamespaces(opened.get(0), opened.get(1), opened.get(2), opened.get(3));
    }

    /** A pod that was to have one never runs as the node's users instead. */
    private static Optional<Fd> user(SandboxRecord record, Sandbox sandbox) throws IOException {
        if (UserIds.of(record.getConfig()).isEmpty()) {
            return Optional.empty();
        }
        var user = sandbox.userns();
        if (user.isEmpty()) {
            throw new IOException(
                    "the user namespace of pod sandbox " + record.getId() + " is gone");
        }
        return user;
    }

    /** {@return them for a process that has a PID namespace of its own} */
    Namespaces toShare() {
        return with(new PidNamespace.Own());
    }

    Namespaces with(PidNamespace pid) {
        return new Namespaces(net, ipc, uts, pid, user);
    }

    @Override
    public void close() {
        close(List.of(net, ipc, uts, user));
    }

    private static void close(List<Optional<Fd>> opened) {
        opened.forEach(each -> each.ifPresent(Fd::close));
    }
}
