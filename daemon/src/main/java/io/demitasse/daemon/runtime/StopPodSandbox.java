package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.StopPodSandboxRequest;
import io.demitasse.cri.v1.StopPodSandboxResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.lifecycle.Pods;
import java.io.IOException;

/** Ends every process of a pod and gives its network back. An unknown pod is no error. */
public final class StopPodSandbox
        implements Handler<StopPodSandboxRequest, StopPodSandboxResponse> {
    private final Pods pods;
    private final PodTeardown teardown;

    /** Stops pods among these. */
    public StopPodSandbox(Pods pods, PodTeardown teardown) {
        this.pods = pods;
        this.teardown = teardown;
    }

    @Override
    public StopPodSandboxResponse handle(StopPodSandboxRequest request)
            throws RequestException, IOException, InterruptedException {
        var id = Lookup.required(request.getPodSandboxId(), "pod_sandbox_id");
        var pod = pods.pod(id);
        if (pod.isPresent()) {
            stop(pod.get());
        }
        return StopPodSandboxResponse.getDefaultInstance();
    }

    private void stop(Pod pod) throws RequestException, IOException, InterruptedException {
        pod.operations().lock();
        try {
            teardown.stop(pod);
        } finally {
            pod.operations().unlock();
        }
    }
}
