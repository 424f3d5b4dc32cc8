package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ListMetricDescriptorsRequest;
import io.demitasse.cri.v1.ListMetricDescriptorsResponse;
import io.demitasse.daemon.call.Handler;

/** Tells which figures {@link ListPodSandboxMetrics} may have; always the same. */
public final class ListMetricDescriptors
        implements Handler<ListMetricDescriptorsRequest, ListMetricDescriptorsResponse> {
    @Override
    public ListMetricDescriptorsResponse handle(ListMetricDescriptorsRequest request) {
        return ListMetricDescriptorsResponse.newBuilder()
                .addAllDescriptors(Figures.descriptors())
                .build();
    }
}
