package io.demitasse.daemon.runtime;

import io.demitasse.cri.v1.ContainerEventResponse;
import io.demitasse.cri.v1.ContainerEventType;
import io.demitasse.daemon.event.EventLog;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.Pod;
import java.time.InstantSource;

/**
 * Tells what happened to containers, and to pods as if they were containers, as the kubelet wants
 * it: with the state of the whole pod afterwards.
 *
 * <p>To be called in the pod's mailbox, after the change is visible: so events of one pod come in
 * the order in which things happened, and whoever asks after an event sees at least what it says.
 */
public final class ContainerEvents {
    private final EventLog log;
    private final InstantSource clock;

    /** Writes into this log. */
    public ContainerEvents(EventLog log, InstantSource clock) {
        this.log = log;
        this.clock = clock;
    }

    /** Something happened to a container. */
    void publish(ContainerEventType type, Container container) {
        log.publish(() -> encode(type, container.id(), container.pod()));
    }

    /** Something happened to a pod; its id stands in place of a container's. */
    void publish(ContainerEventType type, Pod pod) {
        log.publish(() -> encode(type, pod.id(), pod));
    }

    private byte[] encode(ContainerEventType type, String id, Pod pod) {
        var event =
                ContainerEventResponse.newBuilder()
                        .setContainerId(id)
                        .setContainerEventType(type)
                        .setCreatedAt(Timestamps.nanos(clock.instant()))
                        .setPodSandboxStatus(PodViews.status(pod));
        for (var container : pod.containers()) {
            event.addContainersStatuses(ContainerViews.status(container));
        }
        return event.build().toByteArray();
    }
}
