package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ListPodSandboxMetricsRequest;
import io.demitasse.cri.v1.StreamPodSandboxMetricsRequest;
import io.demitasse.cri.v1.StreamPodSandboxMetricsResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.Messages;
import java.io.IOException;
import java.util.List;

/** Tells figures in messages of a limited size, {@link ListPodSandboxMetrics} in one for all. */
public final class StreamPodSandboxMetrics
        implements Handler<StreamPodSandboxMetricsRequest, List<StreamPodSandboxMetricsResponse>> {
    private final ListPodSandboxMetrics list;

    /** Sends what this lists. */
    public StreamPodSandboxMetrics(ListPodSandboxMetrics list) {
        this.list = list;
    }

    @Override
    public List<StreamPodSandboxMetricsResponse> handle(StreamPodSandboxMetricsRequest request)
            throws IOException, InterruptedException {
        return Messages.of(
                list.handle(ListPodSandboxMetricsRequest.getDefaultInstance()).getPodMetricsList(),
                pods ->
                        StreamPodSandboxMetricsResponse.newBuilder()
                                .addAllPodSandboxMetrics(pods)
                                .build());
    }
}
