package io.demitasse.daemon;

import io.demitasse.daemon.lifecycle.Container;
import io.demitasse.daemon.lifecycle.Pod;
import io.demitasse.daemon.record.v1.SandboxRecord;
import io.demitasse.daemon.runtime.CgroupPlacement;
import io.demitasse.daemon.runtime.Cgroups;
import io.demitasse.daemon.runtime.ContainerTeardown;
import io.demitasse.daemon.runtime.RunPodSandbox;
import io.demitasse.sandbox.Sandboxes;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What interrupted creations and removals left on the node: all that is named after an id which no
 * record knows. Only for recovery, when nothing else creates anything.
 */
record Leftovers(
        Recovery.Stores stores,
        Sandboxes sandboxes,
        CgroupPlacement placement,
        ContainerTeardown teardown) {
    private static final System.Logger LOGGER = System.getLogger(Leftovers.class.getName());

    /** Removes them all. */
    void remove() throws IOException {
        var pods = ids(stores.pods().all().stream().map(Pod::id));
        var containers = ids(stores.pods().containers().stream().map(Container::id));
        var lost = new TreeSet<>(teardown.idsWithFiles());
        lost.removeAll(containers);
        removeCgroups(pods, containers);
        for (var id : lost) {
            LOGGER.log(Level.INFO, "container={0} was interrupted, removing what is left", id);
            teardown.removeFiles(id);
        }
        sandboxes.collect(pods);
        for (var id : stores.sandboxRecords().ids()) {
            if (!pods.contains(id)) {
                LOGGER.log(Level.INFO, "sandbox={0} was interrupted, removing what is left", id);
                endInfra(id);
                sandboxes.remove(id);
                stores.sandboxRecords().forget(id);
            }
        }
    }

    private void endInfra(String id) throws IOException {
        var intent = stores.sandboxRecords().get(id, RunPodSandbox.INTENT, SandboxRecord.parser());
        if (intent.isPresent()) {
            Cgroups.end(placement.infra(intent.get()));
        }
    }

    /**
     * Cgroups of pods and containers that are not known, below the parents that are ours to know.
     */
    private void removeCgroups(Set<String> pods, Set<String> containers) throws IOException {
        var parents = new HashSet<Path>();
        stores.pods().all().forEach(pod -> parents.add(placement.pod(pod.record())));
        for (var parent : parents) {
            for (var child : children(parent)) {
                var name = String.valueOf(child.getFileName());
                if (name.matches("[0-9a-f]{64}")
                        && !containers.contains(name)
                        && !pods.contains(name)) {
                    Cgroups.end(child);
                }
            }
        }
        for (var child : children(placement.own())) {
            var name = String.valueOf(child.getFileName());
            if (name.matches("[0-9a-f]{64}") && !pods.contains(name)) {
                Cgroups.end(child);
            }
        }
    }

    private static Set<Path> children(Path directory) throws IOException {
        var children = new TreeSet<Path>();
        if (Files.isDirectory(directory)) {
            try (var entries = Files.newDirectoryStream(directory, Files::isDirectory)) {
                entries.forEach(children::add);
            }
        }
        return children;
    }

    private static Set<String> ids(Stream<String> ids) {
        return ids.collect(Collectors.toSet());
    }
}
