package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.StopContainerRequest;
import io.demitasse.cri.v1.StopContainerResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.linux.SyscallException;
import java.time.Duration;

/** Ends a container: its stop signal, the grace period, SIGKILL. One that is gone is no error. */
public final class StopContainer implements Handler<StopContainerRequest, StopContainerResponse> {
    private final Pods pods;
    private final ContainerTeardown teardown;

    /** Stops containers among these. */
    public StopContainer(Pods pods, ContainerTeardown teardown) {
        this.pods = pods;
        this.teardown = teardown;
    }

    @Override
    public StopContainerResponse handle(StopContainerRequest request)
            throws RequestException, SyscallException, InterruptedException {
        var container = pods.container(Lookup.required(request.getContainerId(), "container_id"));
        if (container.isPresent() && container.get().state() instanceof ContainerState.Running) {
            stop(container.get(), Duration.ofSeconds(Math.max(0, request.getTimeout())));
        }
        return StopContainerResponse.getDefaultInstance();
    }

    private void stop(Container container, Duration grace)
            throws RequestException, SyscallException, InterruptedException {
        int signal = container.record().getStopSignal();
        if (grace.isZero() || !teardown.signal(container, signal, grace)) {
            teardown.kill(container);
        }
    }
}
