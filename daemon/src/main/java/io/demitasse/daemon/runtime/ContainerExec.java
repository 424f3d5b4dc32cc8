package io.demitasse.daemon.runtime;

import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.linux.Errno;
import io.demitasse.linux.cgroup.Cgroup;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.shim.container.ExecPlan;
import io.demitasse.shim.container.ExecSpec;
import io.demitasse.shim.container.ProcessSpec;
import io.demitasse.shim.container.Terminal;
import io.demitasse.shim.launch.LaunchException;
import io.demitasse.shim.launch.LaunchLimit;
import io.demitasse.shim.launch.Launched;
import io.demitasse.shim.launch.Spawner;
import io.demitasse.shim.plan.ProcessOperation;
import io.demitasse.shim.plan.StandardStreams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Starts further processes in running containers. */
public final class ContainerExec {
    private final Spawner spawner;
    private final CgroupPlacement placement;
    private final ProcessSpecs processes;

    /** Starts processes through this spawner. */
    public ContainerExec(Spawner spawner, CgroupPlacement placement, ProcessSpecs processes) {
        this.spawner = spawner;
        this.placement = placement;
        this.processes = processes;
    }

    /** Starts a command with the rights of the container's own process; the caller closes it. */
    Launched launch(
            Container container,
            List<String> command,
            StandardStreams streams,
            Optional<Terminal> terminal,
            LaunchLimit limit)
            throws RequestException, IOException {
        ExecLimits.check(command, container.record().getProcess().getEnvironmentList());
        try (var init = init(container)) {
            var process = processes.exec(container, command, terminal);
            var group = placement.container(container.pod().record(), container.id());
            try {
                return launch(group, init, streams, process, limit);
            } catch (LaunchException refused) {
                var inner = isTaken(refused) ? groupOfInit(container, group) : group;
                if (inner.equals(group)) {
                    throw refused;
                }
                return launch(inner, init, streams, process, limit);
            }
        }
    }

    /**
     * {@return a pidfd of the launch's own: nobody who wants the container's lock, least of all to
     * end it, waits for a launch}
     */
    private static Pidfd init(Container container) throws RequestException, IOException {
        container.shared().lock();
        try {
            return container
                    .init()
                    .orElseThrow(() -> RequestException.state("container %s ended", container.id()))
                    .duplicate();
        } finally {
            container.shared().unlock();
        }
    }

    private Launched launch(
            Path group, Pidfd init, StandardStreams streams, ProcessSpec process, LaunchLimit limit)
            throws IOException {
        try (var cgroup = Cgroup.open(group)) {
            return spawner.launch(
                    ExecPlan.of(new ExecSpec(init, cgroup.directory(), streams, process)), limit);
        }
    }

    /** A group that has controllers for the groups below it takes no process itself: cgroups(7). */
    private static boolean isTaken(LaunchException refused) {
        return refused.errno() == Errno.EBUSY
                && refused.operation().orElse(null) instanceof ProcessOperation.CloneProcess;
    }

    /** {@return where a container's init has moved to, among the groups that the container made} */
    private static Path groupOfInit(Container container, Path group) throws IOException {
        if (!(container.state() instanceof ContainerState.Running(_, var pid))) {
            return group;
        }
        var id = container.id();
        return Files.readAllLines(Path.of("/proc", Integer.toString(pid), "cgroup")).stream()
                .filter(line -> line.startsWith("0::") && line.contains(id))
                .map(line -> line.substring(line.indexOf(id) + id.length()).replaceFirst("^/", ""))
                .findFirst()
                .map(group::resolve)
                .orElse(group);
    }
}
