package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.LinuxContainerResources;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.record.v1.SandboxRecord;
import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.cgroup.Cgroup;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.sandbox.Sandbox;
import io.demitasse.shim.container.PausePlan;
import io.demitasse.shim.launch.Spawner;
import io.demitasse.shim.plan.NamespaceKind;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * The first process of a PID namespace that a pod's containers share. Pods whose containers have
 * PID namespaces of their own have none.
 *
 * <p>It is found again by its cgroup, in which it is alone: there is no pid on disk to go stale.
 */
public final class InfraInit {
    private static final Set<NamespaceKind> OWNED_BY_USER =
            EnumSet.of(NamespaceKind.NETWORK, NamespaceKind.IPC, NamespaceKind.UTS);

    private final Spawner spawner;
    private final Cgroups cgroups;
    private final CgroupPlacement placement;

    /** Starts inits through this spawner. */
    public InfraInit(Spawner spawner, Cgroups cgroups, CgroupPlacement placement) {
        this.spawner = spawner;
        this.cgroups = cgroups;
        this.placement = placement;
    }

    /** {@return a pidfd of the pod's init, started now if there is none; the caller closes it} */
    public Pidfd open(SandboxRecord record, Sandbox sandbox) throws IOException, RequestException {
        var running = find(record);
        return running.isPresent() ? running.get() : start(record, sandbox);
    }

    /** Starts the pod's init; on failure nothing of it is left. The caller closes the pidfd. */
    public Pidfd start(SandboxRecord record, Sandbox sandbox) throws IOException, RequestException {
        var path = placement.infra(record);
        try (var cgroup = cgroups.create(path, LinuxContainerResources.getDefaultInstance());
                var namespaces = PodNamespaces.open(record, sandbox)) {
            var launched = spawner.launch(PausePlan.of(cgroup.directory(), namespaces.toShare()));
            launched.connection().close();
            return launched.init();
        } catch (IOException | RuntimeException failure) {
            end(record, failure);
            throw failure;
        }
    }

    /** A process in namespaces that wait to be pinned; it ends when this is closed. */
    final class Holder implements AutoCloseable {
        private final SandboxRecord record;
        private final int pid;

        private Holder(SandboxRecord record, int pid) {
            this.record = record;
            this.pid = pid;
        }

        int pid() {
            return pid;
        }

        @Override
        public void close() throws IOException {
            end(record);
        }
    }

    /**
     * Starts a process in the namespaces of a pod, which a new user namespace owns. It is where the
     * pod's init may be later. On failure nothing of it is left.
     */
    Holder hold(SandboxRecord record) throws IOException, RequestException {
        var path = placement.infra(record);
        try (var cgroup = cgroups.create(path, LinuxContainerResources.getDefaultInstance());
                var launched =
                        spawner.launch(PausePlan.holding(cgroup.directory(), OWNED_BY_USER))) {
            return new Holder(record, launched.pid());
        } catch (IOException | RuntimeException failure) {
            end(record, failure);
            throw failure;
        }
    }

    private Optional<Pidfd> find(SandboxRecord record) throws SyscallException {
        try (var cgroup = Cgroup.open(placement.infra(record))) {
            var pids = cgroup.pids();
            return pids.isEmpty() ? Optional.empty() : Optional.of(Pidfd.open(pids.getFirst()));
        } catch (SyscallException failure) {
            if (failure.is(Errno.ENOENT) || failure.is(Errno.ESRCH)) {
                return Optional.empty();
            }
            throw failure;
        }
    }

    /** Ends the pod's init. That there is none is no error. */
    void end(SandboxRecord record) throws IOException {
        Cgroups.end(placement.infra(record));
    }

    /** Ends the pod's init and removes the pod's cgroup: its creation is taken back. */
    void undo(SandboxRecord record) throws IOException {
        end(record);
        cgroups.remove(placement, record);
    }

    private void end(SandboxRecord record, Exception failure) {
        try {
            end(record);
        } catch (IOException suppressed) {
            failure.addSuppressed(suppressed);
        }
    }
}
