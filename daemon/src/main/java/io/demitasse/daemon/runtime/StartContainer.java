package io.demitasse.daemon.runtime;

import static io.demitasse.daemon.call.RequestException.state;

import io.demitasse.cri.v1.StartContainerRequest;
import io.demitasse.cri.v1.StartContainerResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.daemon.lifecycle.Pods;
import java.io.IOException;

/**
 * Runs the process of a created container. One that runs already is no error: the client may have
 * lost the answer to its first request.
 */
public final class StartContainer
        implements Handler<StartContainerRequest, StartContainerResponse> {
    private final Lookup lookup;
    private final ContainerLauncher launcher;
    private final ContainerWatch watch;
    private final ContainerEnds ends;

    /** Starts containers of these pods. */
    public StartContainer(
            Pods pods, ContainerLauncher launcher, ContainerWatch watch, ContainerEnds ends) {
        this.lookup = new Lookup(pods);
        this.launcher = launcher;
        this.watch = watch;
        this.ends = ends;
    }

    @Override
    public StartContainerResponse handle(StartContainerRequest request)
            throws RequestException, IOException {
        var container = lookup.container(request.getContainerId());
        container.exclusive().lock();
        try {
            switch (container.state()) {
                case ContainerState.Created _ -> start(container);
                case ContainerState.Running _ -> {}
                case ContainerState.Exited(_, var end) ->
                        throw state(
                                "container %s has already run: it ended at %s with exit code %d",
                                container.id(), end.at(), end.exitCode());
            }
        } finally {
            container.exclusive().unlock();
        }
        return StartContainerResponse.getDefaultInstance();
    }

    private void start(Container container) throws RequestException, IOException {
        if (!container.pod().isReady()) {
            throw state(
                    "pod sandbox %s of container %s was stopped",
                    container.pod().id(), container.id());
        }
        lookup.requireWhole(container);
        try {
            watch.started(container, launcher.launch(container));
        } catch (IOException | RequestException | RuntimeException failure) {
            ends.refused(container, failure);
            throw failure;
        }
    }
}
