package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.PodSandboxStatsRequest;
import io.demitasse.cri.v1.PodSandboxStatsResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Pods;
import java.io.IOException;
import java.util.List;

/** Tells what one pod uses. */
public final class PodSandboxStats
        implements Handler<PodSandboxStatsRequest, PodSandboxStatsResponse> {
    private final Lookup lookup;
    private final PodStatsReader reader;

    /** Reads pods of these. */
    public PodSandboxStats(Pods pods, PodStatsReader reader) {
        this.lookup = new Lookup(pods);
        this.reader = reader;
    }

    @Override
    public PodSandboxStatsResponse handle(PodSandboxStatsRequest request)
            throws RequestException, IOException, InterruptedException {
        var pod = lookup.pod(request.getPodSandboxId());
        if (!pod.isReady()) {
            throw RequestException.state("pod sandbox %s is not ready: it uses nothing", pod.id());
        }
        reader.refresh(List.of(pod));
        return PodSandboxStatsResponse.newBuilder().setStats(reader.read(pod)).build();
    }
}
