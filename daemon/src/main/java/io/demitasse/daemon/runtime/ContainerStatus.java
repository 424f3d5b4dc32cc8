package io.demitasse.daemon.runtime;

import com.google.gson.JsonObject;
import io.demitasse.cri.v1.ContainerStatusRequest;
import io.demitasse.cri.v1.ContainerStatusResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.daemon.lifecycle.Pods;

/** Tells the state of one container. Reads only what is published. */
public final class ContainerStatus
        implements Handler<ContainerStatusRequest, ContainerStatusResponse> {
    private final Lookup lookup;
    private final CgroupPlacement placement;

    /** Looks among these pods. */
    public ContainerStatus(Pods pods, CgroupPlacement placement) {
        this.lookup = new Lookup(pods);
        this.placement = placement;
    }

    @Override
    public ContainerStatusResponse handle(ContainerStatusRequest request) throws RequestException {
        var container = lookup.container(request.getContainerId());
        var response =
                ContainerStatusResponse.newBuilder().setStatus(ContainerViews.status(container));
        if (request.getVerbose()) {
            response.putInfo("info", info(container));
        }
        return response.build();
    }

    private String info(Container container) {
        var info = new JsonObject();
        info.addProperty("sandboxID", container.record().getSandboxId());
        if (container.state() instanceof ContainerState.Running running) {
            info.addProperty("pid", running.pid());
        }
        info.addProperty(
                "cgroup", placement.container(container.pod().record(), container.id()).toString());
        info.addProperty("imageID", container.record().getImageId());
        return info.toString();
    }
}
