package io.demitasse.daemon.runtime;

import io.demitasse.linux.Fd;
import io.demitasse.sandbox.Sandbox;
import io.demitasse.shim.container.Namespaces;
import io.demitasse.shim.container.PidNamespace;
import java.io.IOException;
import java.util.Optional;

/** The pinned namespaces of a pod, open for one launch. Absent ones are the node's. */
record PodNamespaces(Optional<Fd> net, Optional<Fd> ipc, Optional<Fd> uts)
        implements AutoCloseable {
    static PodNamespaces open(Sandbox sandbox) throws IOException {
        Optional<Fd> net = sandbox.netns();
        Optional<Fd> ipc = Optional.empty();
        try {
            ipc = sandbox.ipcns();
            return new PodNamespaces(net, ipc, sandbox.utsns());
        } catch (IOException | RuntimeException failure) {
            ipc.ifPresent(Fd::close);
            net.ifPresent(Fd::close);
            throw failure;
        }
    }

    /** {@return them for a process that has a PID namespace of its own} */
    Namespaces toShare() {
        return with(new PidNamespace.Own());
    }

    Namespaces with(PidNamespace pid) {
        return new Namespaces(net, ipc, uts, pid);
    }

    @Override
    public void close() {
        net.ifPresent(Fd::close);
        ipc.ifPresent(Fd::close);
        uts.ifPresent(Fd::close);
    }
}
