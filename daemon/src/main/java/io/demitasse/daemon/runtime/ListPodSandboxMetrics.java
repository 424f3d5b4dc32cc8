package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ListPodSandboxMetricsRequest;
import io.demitasse.cri.v1.ListPodSandboxMetricsResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.lifecycle.Pods;
import java.io.IOException;

/** Tells the figures of all ready pods. */
public final class ListPodSandboxMetrics
        implements Handler<ListPodSandboxMetricsRequest, ListPodSandboxMetricsResponse> {
    private final Pods pods;
    private final PodMetricsReader reader;

    /** Reads these pods. */
    public ListPodSandboxMetrics(Pods pods, PodMetricsReader reader) {
        this.pods = pods;
        this.reader = reader;
    }

    @Override
    public ListPodSandboxMetricsResponse handle(ListPodSandboxMetricsRequest request)
            throws IOException, InterruptedException {
        var response = ListPodSandboxMetricsResponse.newBuilder();
        var ready = pods.all().stream().filter(Pod::isReady).toList();
        reader.refresh(ready);
        for (var pod : ready) {
            response.addPodMetrics(reader.read(pod));
        }
        return response.build();
    }
}
