package io.demitasse.daemon.lifecycle;

import io.demitasse.daemon.store.RecordBudget;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * All pods and containers of this node, by id.
 *
 * <p>An id may be given as any prefix that fits only one, which is what people type into crictl.
 */
public final class Pods {
    private final RecordBudget budget = RecordBudget.ofHeap();
    private final ConcurrentMap<String, Pod> pods = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Container> containers = new ConcurrentHashMap<>();

    /** {@return the pod with this id or unique prefix of one} */
    public Optional<Pod> pod(String id) {
        return find(pods, id);
    }

    /** {@return the container with this id or unique prefix of one} */
    public Optional<Container> container(String id) {
        return find(containers, id);
    }

    /** {@return how much memory their records may take; what is dropped is released} */
    public RecordBudget budget() {
        return budget;
    }

    /** {@return all pods, in no order} */
    public Collection<Pod> all() {
        return pods.values();
    }

    /** {@return the containers of all pods, in no order} */
    public Collection<Container> containers() {
        return containers.values();
    }

    /** Makes a pod known. */
    public void add(Pod pod) {
        pods.put(pod.id(), pod);
    }

    /** Makes a container known. */
    public void add(Container container) {
        container.pod().add(container);
        containers.put(container.id(), container);
    }

    /** Makes a pod unknown. */
    public void drop(Pod pod) {
        pods.remove(pod.id());
        budget.release(pod.id());
    }

    /** Makes a container unknown. */
    public void drop(Container container) {
        containers.remove(container.id());
        budget.release(container.id());
        container.pod().drop(container);
    }

    private static <T> Optional<T> find(Map<String, T> all, String id) {
        var exact = all.get(id);
        if (exact != null || id.isEmpty()) {
            return Optional.ofNullable(exact);
        }
        var matches =
                all.entrySet().stream()
                        .filter(entry -> entry.getKey().startsWith(id))
                        .limit(2)
                        .toList();
        return matches.size() == 1 ? Optional.of(matches.getFirst().getValue()) : Optional.empty();
    }
}
