package io.demitasse.daemon.runtime;

import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.linux.cgroup.Cgroup;
import io.demitasse.shim.container.ExecPlan;
import io.demitasse.shim.container.ExecSpec;
import io.demitasse.shim.container.Terminal;
import io.demitasse.shim.launch.Launched;
import io.demitasse.shim.launch.Spawner;
import io.demitasse.shim.plan.StandardStreams;
import java.io.IOException;
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
            Optional<Terminal> terminal)
            throws RequestException, IOException {
        container.shared().lock();
        try {
            var init =
                    container
                            .init()
                            .orElseThrow(() ->
                                    RequestException.state("container %s ended", container.id()));
            try (var cgroup =
                    Cgroup.open(placement.container(container.pod().record(), container.id()))) {
                return spawner.launch(
                        ExecPlan.of(
                                new ExecSpec(
                                        init,
                                        cgroup.directory(),
                                        streams,
                                        processes
                                                .exec(container, command)
                                                .withTerminal(terminal))));
            }
        } finally {
            container.shared().unlock();
        }
    }
}
