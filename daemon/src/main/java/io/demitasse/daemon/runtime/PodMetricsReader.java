package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ContainerMetrics;
import io.demitasse.cri.v1.PodSandboxMetrics;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.sandbox.Sandboxes;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Reads the {@link Figures} of a pod and its running containers. Enters no namespace. */
public final class PodMetricsReader {
    private final StatsReader containers;
    private final Sandboxes sandboxes;

    /** Reads containers by this, and the links of these. */
    public PodMetricsReader(StatsReader containers, Sandboxes sandboxes) {
        this.containers = containers;
        this.sandboxes = sandboxes;
    }

    /** Has what their containers wrote counted again where that was long ago, within a moment. */
    void refresh(Collection<Pod> pods) throws InterruptedException {
        containers.refreshRunning(pods);
    }

    /** {@return all figures that this node counts} */
    PodSandboxMetrics read(Pod pod) throws IOException {
        var metadata = pod.record().getConfig().getMetadata();
        var metrics = PodSandboxMetrics.newBuilder().setPodSandboxId(pod.id());
        var traffic = sandboxes.traffic(pod.id());
        if (traffic.isPresent()) {
            var labels =
                    List.of(
                            metadata.getName(),
                            metadata.getNamespace(),
                            /* container */ "",
                            pod.id(),
                            /* image */ "",
                            traffic.get().link());
            for (var figure : Figures.OF_LINK) {
                figure.read(traffic.get().counters(), labels).ifPresent(metrics::addMetrics);
            }
        }
        for (var container : pod.containers()) {
            read(pod, container).ifPresent(metrics::addContainerMetrics);
        }
        return metrics.build();
    }

    private Optional<ContainerMetrics> read(Pod pod, Container container) throws IOException {
        var use = containers.use(container);
        if (use.isEmpty()) {
            return Optional.empty();
        }
        var metadata = pod.record().getConfig().getMetadata();
        var config = container.record().getConfig();
        var labels =
                List.of(
                        metadata.getName(),
                        metadata.getNamespace(),
                        config.getMetadata().getName(),
                        container.id(),
                        config.getImage().getUserSpecifiedImage());
        var metrics = ContainerMetrics.newBuilder().setContainerId(container.id());
        for (var figure : Figures.OF_CONTAINER) {
            figure.read(use.get(), labels).ifPresent(metrics::addMetrics);
        }
        return Optional.of(metrics.build());
    }
}
