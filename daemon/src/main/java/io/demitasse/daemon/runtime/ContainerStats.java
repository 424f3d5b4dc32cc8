package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ContainerStatsRequest;
import io.demitasse.cri.v1.ContainerStatsResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Pods;
import java.io.IOException;
import java.util.List;

/** Tells what one container uses. */
public final class ContainerStats
        implements Handler<ContainerStatsRequest, ContainerStatsResponse> {
    private final Lookup lookup;
    private final StatsReader reader;

    /** Reads containers of these. */
    public ContainerStats(Pods pods, StatsReader reader) {
        this.lookup = new Lookup(pods);
        this.reader = reader;
    }

    @Override
    public ContainerStatsResponse handle(ContainerStatsRequest request)
            throws RequestException, IOException, InterruptedException {
        var container = lookup.container(request.getContainerId());
        reader.refresh(List.of(container));
        return ContainerStatsResponse.newBuilder().setStats(reader.read(container)).build();
    }
}
