package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.RemoveContainerRequest;
import io.demitasse.cri.v1.RemoveContainerResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Pods;
import java.io.IOException;

/** Removes a container, killing it if need be. One that is gone is no error. */
public final class RemoveContainer
        implements Handler<RemoveContainerRequest, RemoveContainerResponse> {
    private final Pods pods;
    private final ContainerTeardown teardown;

    /** Removes containers from these. */
    public RemoveContainer(Pods pods, ContainerTeardown teardown) {
        this.pods = pods;
        this.teardown = teardown;
    }

    @Override
    public RemoveContainerResponse handle(RemoveContainerRequest request)
            throws RequestException, IOException, InterruptedException {
        var container = pods.container(Lookup.required(request.getContainerId(), "container_id"));
        if (container.isPresent()) {
            teardown.remove(container.get());
        }
        return RemoveContainerResponse.getDefaultInstance();
    }
}
