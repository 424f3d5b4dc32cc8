package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.AttachRequest;
import io.demitasse.cri.v1.AttachResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.daemon.stream.StreamRequest;
import io.demitasse.daemon.stream.StreamRequest.CommandStreams;

/** Prepares a URL at which a client sits at the streams of a container's own process. */
public final class Attach implements Handler<AttachRequest, AttachResponse> {
    private final Lookup lookup;
    private final ContainerPaths paths;
    private final StreamUrls urls;

    /** Attaches to containers of these pods. */
    public Attach(Pods pods, ContainerPaths paths, StreamUrls urls) {
        this.lookup = new Lookup(pods);
        this.paths = paths;
        this.urls = urls;
    }

    /** Whether there is a terminal was decided with the container, not now. */
    @Override
    public AttachResponse handle(AttachRequest request) throws RequestException {
        var container = lookup.running(request.getContainerId());
        var asked =
                new CommandStreams(
                        request.getStdin(),
                        request.getStdout(),
                        request.getStderr(),
                        request.getTty());
        StreamUrls.check(asked);
        return AttachResponse.newBuilder()
                .setUrl(
                        urls.offer(
                                new StreamRequest.Command(
                                        "attach",
                                        asked,
                                        () ->
                                                AttachedProcess.to(
                                                        container,
                                                        paths.socket(container.id()),
                                                        asked))))
                .build();
    }
}
