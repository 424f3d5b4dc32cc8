package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ContainerStatsFilter;
import io.demitasse.cri.v1.ListContainerStatsRequest;
import io.demitasse.cri.v1.ListContainerStatsResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.daemon.lifecycle.Pods;
import java.io.IOException;
import java.util.ArrayList;

/** Tells what the running containers use that match the filter. */
public final class ListContainerStats
        implements Handler<ListContainerStatsRequest, ListContainerStatsResponse> {
    private final Pods pods;
    private final StatsReader reader;

    /** Reads containers of these. */
    public ListContainerStats(Pods pods, StatsReader reader) {
        this.pods = pods;
        this.reader = reader;
    }

    @Override
    public ListContainerStatsResponse handle(ListContainerStatsRequest request)
            throws IOException, InterruptedException {
        var response = ListContainerStatsResponse.newBuilder();
        var wanted = new ArrayList<>(pods.containers());
        wanted.removeIf(container -> !matches(container, request.getFilter()));
        reader.refresh(wanted);
        for (var container : wanted) {
            response.addStats(reader.read(container));
        }
        return response.build();
    }

    private static boolean matches(Container container, ContainerStatsFilter filter) {
        return container.state() instanceof ContainerState.Running
                && container.id().startsWith(filter.getId())
                && container.record().getSandboxId().startsWith(filter.getPodSandboxId())
                && PodViews.hasLabels(
                        container.record().getConfig().getLabelsMap(),
                        filter.getLabelSelectorMap());
    }
}
