package io.demitasse.daemon.runtime;

import static io.demitasse.cri.v1.ContainerEventType.CONTAINER_DELETED_EVENT;
import static io.demitasse.cri.v1.ContainerEventType.CONTAINER_STOPPED_EVENT;

import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Names;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.lifecycle.Pods;
import io.demitasse.daemon.store.RecordDirectory;
import io.demitasse.sandbox.Sandboxes;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;

/**
 * The way a pod ends: stop, then remove. Each may be repeated, and each can be interrupted anywhere
 * and finished later. The caller holds the pod's lock.
 */
public final class PodTeardown {
    /** The mark that no container may be created in this pod any more. */
    public static final String STOPPED = "stopped";

    private static final System.Logger LOGGER = System.getLogger(PodTeardown.class.getName());

    private final Pods pods;
    private final Names<Pod> names;
    private final RecordDirectory records;
    private final Sandboxes sandboxes;
    private final ContainerTeardown containers;
    private final CgroupPlacement placement;
    private final Cgroups cgroups;
    private final ContainerEvents events;

    /** Tears down pods of these. */
    public PodTeardown(
            Pods pods,
            Names<Pod> names,
            RecordDirectory records,
            Sandboxes sandboxes,
            ContainerTeardown containers,
            CgroupPlacement placement,
            Cgroups cgroups,
            ContainerEvents events) {
        this.pods = pods;
        this.names = names;
        this.records = records;
        this.sandboxes = sandboxes;
        this.containers = containers;
        this.placement = placement;
        this.cgroups = cgroups;
        this.events = events;
    }

    /** Kills what runs, then releases namespaces and network. */
    public void stop(Pod pod) throws RequestException, IOException, InterruptedException {
        mark(pod);
        pod.mailbox()
                .run(() -> {
                    if (pod.isReady()) {
                        pod.retire();
                        events.publish(CONTAINER_STOPPED_EVENT, pod);
                    }
                    return pod;
                });
        containers.killAll(pod.containers());
        Cgroups.end(placement.infra(pod.record()));
        sandboxes.stop(pod.id());
    }

    /**
     * A disk that is full is what the kubelet stops pods for. Without the mark a pod is known to be
     * stopped by its namespaces, which are gone at the end of this.
     */
    private void mark(Pod pod) {
        try {
            records.mark(pod.id(), STOPPED);
        } catch (IOException refused) {
            LOGGER.log(
                    Level.WARNING,
                    "sandbox=" + pod.id() + " cannot be marked as stopped, ignoring",
                    refused);
        }
    }

    /** Removes containers, cgroup, files and record of a stopped pod. */
    public void remove(Pod pod) throws RequestException, IOException, InterruptedException {
        for (var container : List.copyOf(pod.containers())) {
            containers.remove(container);
        }
        cgroups.remove(placement, pod.record());
        sandboxes.remove(pod.id());
        records.forget(pod.id());
        pod.mailbox()
                .run(() -> {
                    pods.drop(pod);
                    events.publish(CONTAINER_DELETED_EVENT, pod);
                    return pod;
                });
        names.release(KeyOf.pod(pod.record().getConfig().getMetadata()), pod);
    }
}
