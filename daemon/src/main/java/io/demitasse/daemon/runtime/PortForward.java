package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.PortForwardRequest;
import io.demitasse.cri.v1.PortForwardResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.daemon.stream.StreamRequest;
import io.demitasse.linux.Fd;
import io.demitasse.linux.namespace.NamespaceThread;
import io.demitasse.linux.namespace.NamespaceType;
import io.demitasse.linux.socket.LoopbackSocket;
import io.demitasse.sandbox.Sandboxes;
import java.io.IOException;

/** Prepares a URL at which a client reaches ports on a pod's loopback. */
public final class PortForward implements Handler<PortForwardRequest, PortForwardResponse> {
    private static final int MAX_PORT = 0xffff;

    private final Lookup lookup;
    private final Sandboxes sandboxes;
    private final StreamUrls urls;

    /** Reaches into these pods. */
    public PortForward(Pods pods, Sandboxes sandboxes, StreamUrls urls) {
        this.lookup = new Lookup(pods);
        this.sandboxes = sandboxes;
        this.urls = urls;
    }

    @Override
    public PortForwardResponse handle(PortForwardRequest request) throws RequestException {
        var pod = lookup.pod(request.getPodSandboxId());
        if (!pod.isReady()) {
            throw RequestException.state("pod sandbox %s is not ready: it was stopped", pod.id());
        }
        for (int port : request.getPortList()) {
            if (port < 1 || port > MAX_PORT) {
                throw RequestException.invalid(
                        "port %d cannot be forwarded: a port is a number from 1 to %d",
                        port, MAX_PORT);
            }
        }
        return PortForwardResponse.newBuilder()
                .setUrl(
                        urls.offer(
                                new StreamRequest.PortForward(
                                        pod.id(),
                                        request.getPortList(),
                                        port -> connect(pod, port))))
                .build();
    }

    /** The socket belongs to the namespace in which it was made, whoever uses it afterwards. */
    private Fd connect(Pod pod, int port) throws IOException {
        var sandbox =
                sandboxes
                        .open(pod.id())
                        .orElseThrow(() -> new IOException("pod sandbox " + pod.id() + " is gone"));
        var netns = PodNamespaces.network(pod.record(), sandbox);
        if (netns.isEmpty()) {
            return LoopbackSocket.connect(port);
        }
        try (var namespace = netns.get()) {
            return NamespaceThread.enter(
                            "port-forward-netns",
                            NamespaceType.NET,
                            namespace,
                            () -> LoopbackSocket.connect(port))
                    .await();
        }
    }
}
