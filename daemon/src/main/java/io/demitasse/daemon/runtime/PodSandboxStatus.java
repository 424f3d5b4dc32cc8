package io.demitasse.daemon.runtime;

import com.google.gson.JsonObject;
import io.demitasse.cri.v1.PodSandboxStatusRequest;
import io.demitasse.cri.v1.PodSandboxStatusResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.lifecycle.Pods;
import java.time.InstantSource;

/** Tells the state of one pod and of its containers. Reads only what is published. */
public final class PodSandboxStatus
        implements Handler<PodSandboxStatusRequest, PodSandboxStatusResponse> {
    private final Lookup lookup;
    private final CgroupPlacement placement;
    private final InstantSource clock;

    /** Looks among these pods. */
    public PodSandboxStatus(Pods pods, CgroupPlacement placement, InstantSource clock) {
        this.lookup = new Lookup(pods);
        this.placement = placement;
        this.clock = clock;
    }

    @Override
    public PodSandboxStatusResponse handle(PodSandboxStatusRequest request)
            throws RequestException {
        var pod = lookup.pod(request.getPodSandboxId());
        var response =
                PodSandboxStatusResponse.newBuilder()
                        .setStatus(PodViews.status(pod))
                        .setTimestamp(Timestamps.nanos(clock.instant()));
        for (var container : pod.containers()) {
            response.addContainersStatuses(ContainerViews.status(container));
        }
        if (request.getVerbose()) {
            response.putInfo("info", info(pod));
        }
        return response.build();
    }

    private String info(Pod pod) {
        var info = new JsonObject();
        info.addProperty("cgroup", placement.pod(pod.record()).toString());
        info.addProperty("address", pod.record().getAddress());
        info.addProperty("containers", pod.containers().size());
        return info.toString();
    }
}
