package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ListPodSandboxRequest;
import io.demitasse.cri.v1.ListPodSandboxResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.lifecycle.Pods;

/** Lists the pods that match the filter. Reads only what is published: no lock, no kernel. */
public final class ListPodSandbox
        implements Handler<ListPodSandboxRequest, ListPodSandboxResponse> {
    private final Pods pods;

    /** Lists these pods. */
    public ListPodSandbox(Pods pods) {
        this.pods = pods;
    }

    @Override
    public ListPodSandboxResponse handle(ListPodSandboxRequest request) {
        var response = ListPodSandboxResponse.newBuilder();
        for (var pod : pods.all()) {
            PodViews.item(pod, request.getFilter()).ifPresent(response::addItems);
        }
        return response.build();
    }
}
