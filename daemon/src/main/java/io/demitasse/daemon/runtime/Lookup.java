package io.demitasse.daemon.runtime;

import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.ContainerState;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.lifecycle.Pods;

/** Finds what a request names, or says that it is not there. */
record Lookup(Pods pods) {
    Pod pod(String id) throws RequestException {
        return pods.pod(required(id, "pod_sandbox_id"))
                .orElseThrow(() -> RequestException.notFound("there is no pod sandbox %s", id));
    }

    Container container(String id) throws RequestException {
        return pods.container(required(id, "container_id"))
                .orElseThrow(() -> RequestException.notFound("there is no container %s", id));
    }

    Container running(String id) throws RequestException {
        var container = container(id);
        return switch (container.state()) {
            case ContainerState.Running _ -> container;
            case ContainerState.Created _ ->
                    throw RequestException.state("container %s was not started", container.id());
            case ContainerState.Exited(_, var end) ->
                    throw RequestException.state(
                            "container %s is not running: it ended at %s with exit code %d",
                            container.id(), end.at(), end.exitCode());
        };
    }

    /** Refuses what needs all of a record, where only a reduced form of it is known. */
    void requireWhole(Container container) throws RequestException {
        if (pods.budget().isReduced(container.id())) {
            throw RequestException.state(
                    "the record of container %s is larger than the daemon's memory for records: it"
                            + " can be stopped and removed; for the rest start the daemon with a"
                            + " larger heap: DEMITASSE_JAVA_OPTIONS=-Xmx256m",
                    container.id());
        }
    }

    static String required(String id, String field) throws RequestException {
        if (id.isEmpty()) {
            throw RequestException.invalid("%s is empty", field);
        }
        return id;
    }
}
