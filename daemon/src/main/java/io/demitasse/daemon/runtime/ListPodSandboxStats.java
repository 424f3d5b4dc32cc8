package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ListPodSandboxStatsRequest;
import io.demitasse.cri.v1.ListPodSandboxStatsResponse;
import io.demitasse.cri.v1.PodSandboxStatsFilter;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.lifecycle.Pods;
import java.io.IOException;
import java.util.ArrayList;

/** Tells what the ready pods use that match the filter. */
public final class ListPodSandboxStats
        implements Handler<ListPodSandboxStatsRequest, ListPodSandboxStatsResponse> {
    private final Pods pods;
    private final PodStatsReader reader;

    /** Reads these pods. */
    public ListPodSandboxStats(Pods pods, PodStatsReader reader) {
        this.pods = pods;
        this.reader = reader;
    }

    @Override
    public ListPodSandboxStatsResponse handle(ListPodSandboxStatsRequest request)
            throws IOException, InterruptedException {
        var response = ListPodSandboxStatsResponse.newBuilder();
        var wanted = new ArrayList<>(pods.all());
        wanted.removeIf(pod -> !matches(pod, request.getFilter()));
        reader.refresh(wanted);
        for (var pod : wanted) {
            response.addStats(reader.read(pod));
        }
        return response.build();
    }

    private static boolean matches(Pod pod, PodSandboxStatsFilter filter) {
        return pod.isReady()
                && pod.id().startsWith(filter.getId())
                && PodViews.hasLabels(
                        pod.record().getConfig().getLabelsMap(), filter.getLabelSelectorMap());
    }
}
