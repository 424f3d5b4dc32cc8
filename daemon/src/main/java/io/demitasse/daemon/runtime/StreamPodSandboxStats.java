package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ListPodSandboxStatsRequest;
import io.demitasse.cri.v1.StreamPodSandboxStatsRequest;
import io.demitasse.cri.v1.StreamPodSandboxStatsResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.Messages;
import java.io.IOException;
import java.util.List;

/**
 * Tells what pods use in messages of a limited size, {@link ListPodSandboxStats} in one for all.
 */
public final class StreamPodSandboxStats
        implements Handler<StreamPodSandboxStatsRequest, List<StreamPodSandboxStatsResponse>> {
    private final ListPodSandboxStats list;

    /** Sends what this lists. */
    public StreamPodSandboxStats(ListPodSandboxStats list) {
        this.list = list;
    }

    @Override
    public List<StreamPodSandboxStatsResponse> handle(StreamPodSandboxStatsRequest request)
            throws IOException, InterruptedException {
        var listed = ListPodSandboxStatsRequest.newBuilder().setFilter(request.getFilter()).build();
        return Messages.of(
                list.handle(listed).getStatsList(),
                pods ->
                        StreamPodSandboxStatsResponse.newBuilder()
                                .addAllPodSandboxStats(pods)
                                .build());
    }
}
