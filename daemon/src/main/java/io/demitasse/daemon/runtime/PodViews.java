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

/** A pod as CRI shows it. */
final class PodViews {
    private PodViews() {}

    static PodSandboxState state(Pod pod) {
        return pod.isReady() ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY;
    }

    static PodSandbox item(Pod pod) {
        var config = pod.record().getConfig();
        return PodSandbox.newBuilder()
                .setId(pod.id())
                .setMetadata(config.getMetadata())
                .setState(state(pod))
                .setCreatedAt(pod.record().getCreatedAt())
                .putAllLabels(config.getLabelsMap())
                .putAllAnnotations(config.getAnnotationsMap())
                .setRuntimeHandler(pod.record().getRuntimeHandler())
                .build();
    }

    static PodSandboxStatus status(Pod pod) {
        var config = pod.record().getConfig();
        var options = config.getLinux().getSecurityContext().getNamespaceOptions();
        return PodSandboxStatus.newBuilder()
                .setId(pod.id())
                .setMetadata(config.getMetadata())
                .setState(state(pod))
                .setCreatedAt(pod.record().getCreatedAt())
                .setNetwork(
                        PodSandboxNetworkStatus.newBuilder()
                                .setIp(pod.isReady() ? pod.record().getAddress() : ""))
                .setLinux(
                        LinuxPodSandboxStatus.newBuilder()
                                .setNamespaces(Namespace.newBuilder().setOptions(options)))
                .putAllLabels(config.getLabelsMap())
                .putAllAnnotations(config.getAnnotationsMap())
                .setRuntimeHandler(pod.record().getRuntimeHandler())
                .build();
    }

    static boolean matches(Pod pod, PodSandboxFilter filter) {
        return pod.id().startsWith(filter.getId())
                && (!filter.hasState() || filter.getState().getState() == state(pod))
                && hasLabels(pod.record().getConfig().getLabelsMap(), filter.getLabelSelectorMap());
    }

    static boolean hasLabels(Map<String, String> labels, Map<String, String> selector) {
        return selector.entrySet().stream()
                .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())));
    }
}
