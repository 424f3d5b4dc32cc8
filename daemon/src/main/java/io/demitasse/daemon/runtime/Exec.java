package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ExecRequest;
import io.demitasse.cri.v1.ExecResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.daemon.stream.StreamRequest;
import io.demitasse.daemon.stream.StreamRequest.CommandStreams;

/** Prepares a URL at which a command runs in a container, with a client at its streams. */
public final class Exec implements Handler<ExecRequest, ExecResponse> {
    private final Lookup lookup;
    private final ContainerExec exec;
    private final StreamUrls urls;

    /** Runs commands in containers of these pods. */
    public Exec(Pods pods, ContainerExec exec, StreamUrls urls) {
        this.lookup = new Lookup(pods);
        this.exec = exec;
        this.urls = urls;
    }

    @Override
    public ExecResponse handle(ExecRequest request) throws RequestException {
        if (request.getCmdCount() == 0) {
            throw RequestException.invalid("cmd is empty");
        }
        var container = lookup.running(request.getContainerId());
        lookup.requireWhole(container);
        ExecLimits.check(
                request.getCmdList(), container.record().getProcess().getEnvironmentList());
        var wanted =
                new CommandStreams(
                        request.getStdin(),
                        request.getStdout(),
                        request.getStderr(),
                        request.getTty());
        StreamUrls.check(wanted);
        return ExecResponse.newBuilder()
                .setUrl(
                        urls.offer(
                                new StreamRequest.Command(
                                        "exec",
                                        wanted,
                                        () ->
                                                ExecProcess.start(
                                                        exec,
                                                        container,
                                                        request.getCmdList(),
                                                        wanted))))
                .build();
    }
}
