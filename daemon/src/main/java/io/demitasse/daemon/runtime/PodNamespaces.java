package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.NamespaceOption;
import io.demitasse.daemon.record.v1.SandboxRecord;
import io.demitasse.linux.Fd;
import io.demitasse.sandbox.Sandbox;
import io.demitasse.shim.container.Namespaces;
import io.demitasse.shim.container.PidNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The pinned namespaces of a pod, open for one launch. Absent ones are the node's: because the pod
 * asked for the node's, and never because a pin is gone.
 */
record PodNamespaces(Optional<Fd> net, Optional<Fd> ipc, Optional<Fd> uts, Optional<Fd> user)
        implements AutoCloseable {
    static PodNamespaces open(SandboxRecord record, Sandbox sandbox) throws IOException {
        var opened = new ArrayList<Optional<Fd>>();
        try {
            opened.add(network(record, sandbox));
            opened.add(kept(record, sandbox.ipcns(), isOwn(options(record).getIpc()), "IPC"));
            opened.add(kept(record, sandbox.utsns(), isOwn(options(record).getNetwork()), "UTS"));
            opened.add(
                    kept(
                            record,
                            sandbox.userns(),
                            UserIds.of(record.getConfig()).isPresent(),
                            "user"));
        } catch (IOException | RuntimeException failure) {
            close(opened);
            throw failure;
        }
        return new PodNamespaces(opened.get(0), opened.get(1), opened.get(2), opened.get(3));
    }

    /** {@return the network namespace; empty only if the pod is in the node's network} */
    static Optional<Fd> network(SandboxRecord record, Sandbox sandbox) throws IOException {
        return kept(record, sandbox.netns(), isOwn(options(record).getNetwork()), "network");
    }

    private static Optional<Fd> kept(
            SandboxRecord record, Optional<Fd> pinned, boolean own, String kind)
            throws IOException {
        if (own && pinned.isEmpty()) {
            throw new IOException(
                    "the " + kind + " namespace of pod sandbox " + record.getId() + " is gone");
        }
        return pinned;
    }

    private static NamespaceOption options(SandboxRecord record) {
        return record.getConfig().getLinux().getSecurityContext().getNamespaceOptions();
    }

    private static boolean isOwn(NamespaceMode mode) {
        return mode != NamespaceMode.NODE;
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
