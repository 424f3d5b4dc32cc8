package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.LinuxPodSandboxStatus;
import io.demitasse.cri.v1.Namespace;
import io.demitasse.cri.v1.PodSandbox;
import io.demitasse.cri.v1.PodSandboxFilter;
import io.demitasse.cri.v1.PodSandboxNetworkStatus;
import io.demitasse.cri.v1.PodSandboxState;
import io.demitasse.cri.v1.PodSandboxStatus;
import io.demitasse.daemon.lifecycle.Pod;
import java.util.Map;
import java.util.Optional;

/** A pod as CRI shows it: each view reads once whether it is ready. */
final class PodViews {
    private PodViews() {}

    private static PodSandboxState cri(boolean ready) {
        return ready ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY;
    }

    /** {@return the pod's line in a list, or empty if the filter does not want it} */
    static Optional<PodSandbox> item(Pod pod, PodSandboxFilter filter) {
        var state = cri(pod.isReady());
        return matches(pod, filter) && (!filter.hasState() || filter.getState().getState() == state)
                ? Optional.of(item(pod, state))
                : Optional.empty();
    }

    private static PodSandbox item(Pod pod, PodSandboxState state) {
        var config = pod.record().getConfig();
        return PodSandbox.newBuilder()
                .setId(pod.id())
                .setMetadata(config.getMetadata())
                .setState(state)
                .setCreatedAt(pod.record().getCreatedAt())
                .putAllLabels(config.getLabelsMap())
                .putAllAnnotations(config.getAnnotationsMap())
                .setRuntimeHandler(pod.record().getRuntimeHandler())
                .build();
    }

    static PodSandboxStatus status(Pod pod) {
        var config = pod.record().getConfig();
        var ready = pod.isReady();
        var options = config.getLinux().getSecurityContext().getNamespaceOptions();
        return PodSandboxStatus.newBuilder()
                .setId(pod.id())
                .setMetadata(config.getMetadata())
                .setState(cri(ready))
                .setCreatedAt(pod.record().getCreatedAt())
                .setNetwork(
                        PodSandboxNetworkStatus.newBuilder()
                                .setIp(ready ? pod.record().getAddress() : ""))
                .setLinux(
                        LinuxPodSandboxStatus.newBuilder()
                                .setNamespaces(Namespace.newBuilder().setOptions(options)))
                .putAllLabels(config.getLabelsMap())
                .putAllAnnotations(config.getAnnotationsMap())
                .setRuntimeHandler(pod.record().getRuntimeHandler())
                .build();
    }

    private static boolean matches(Pod pod, PodSandboxFilter filter) {
        return pod.id().startsWith(filter.getId())
                && hasLabels(pod.record().getConfig().getLabelsMap(), filter.getLabelSelectorMap());
    }

    static boolean hasLabels(Map<String, String> labels, Map<String, String> selector) {
        return selector.entrySet().stream()
                .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())));
    }
}
