package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.demitasse.cri.v1.RemovePodSandboxResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.lifecycle.Pods;
import java.io.IOException;

/** Removes a pod with all its containers, stopping it if need be. An unknown pod is no error. */
public final class RemovePodSandbox
        implements Handler<RemovePodSandboxRequest, RemovePodSandboxResponse> {
    private final Pods pods;
    private final PodTeardown teardown;

    /** Removes pods from these. */
    public RemovePodSandbox(Pods pods, PodTeardown teardown) {
        this.pods = pods;
        this.teardown = teardown;
    }

    @Override
    public RemovePodSandboxResponse handle(RemovePodSandboxRequest request)
            throws RequestException, IOException, InterruptedException {
        var id = Lookup.required(request.getPodSandboxId(), "pod_sandbox_id");
        var pod = pods.pod(id);
        if (pod.isPresent()) {
            remove(pod.get());
        }
        return RemovePodSandboxResponse.getDefaultInstance();
    }

    private void remove(Pod pod) throws RequestException, IOException, InterruptedException {
        pod.operations().lock();
        try {
            teardown.stop(pod);
            teardown.remove(pod);
        } finally {
            pod.operations().unlock();
        }
    }
}
