package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ListContainersRequest;
import io.demitasse.cri.v1.ListContainersResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.lifecycle.Pods;

/** Lists the containers that match the filter. Reads only what is published. */
public final class ListContainers
        implements Handler<ListContainersRequest, ListContainersResponse> {
    private final Pods pods;

    /** Lists the containers of these pods. */
    public ListContainers(Pods pods) {
        this.pods = pods;
    }

    @Override
    public ListContainersResponse handle(ListContainersRequest request) {
        var response = ListContainersResponse.newBuilder();
        for (var container : pods.containers()) {
            ContainerViews.item(container, request.getFilter()).ifPresent(response::addContainers);
        }
        return response.build();
    }
}
