package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ReopenContainerLogRequest;
import io.demitasse.cri.v1.ReopenContainerLogResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.shim.protocol.ShimConnection;
import java.io.IOException;

/**
 * Opens a container's log anew after it was renamed. When this returns, nothing goes to the old.
 */
public final class ReopenContainerLog
        implements Handler<ReopenContainerLogRequest, ReopenContainerLogResponse> {
    private final Lookup lookup;
    private final ContainerPaths paths;

    /** Reopens logs of containers of these pods. */
    public ReopenContainerLog(Pods pods, ContainerPaths paths) {
        this.lookup = new Lookup(pods);
        this.paths = paths;
    }

    @Override
    public ReopenContainerLogResponse handle(ReopenContainerLogRequest request)
            throws RequestException, IOException {
        var container = lookup.running(request.getContainerId());
        try (var log = ContainerLog.open(container);
                var shim = ShimConnection.connect(paths.socket(container.id()))) {
            shim.reopenLog(log.fd());
        }
        return ReopenContainerLogResponse.getDefaultInstance();
    }
}
