package io.demitasse.conformance.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Everything that pods and containers could leave behind on a node: compared before and after.
 *
 * @param mounts targets in the host's mount table below the daemon's directories
 * @param groups cgroups below the daemon's root
 * @param files below state and root, without images
 * @param links the node's ends of pods' links
 * @param processes shims of this daemon
 */
record Footprint(
        Set<String> mounts,
        Set<String> groups,
        Set<String> files,
        Set<String> links,
        Set<String> processes) {
    static Footprint of(RunningDaemon daemon) throws IOException, InterruptedException {
        return new Footprint(
                mounts(daemon),
                tree(daemon.cgroup(), true),
                files(daemon),
                links(daemon),
                shims(daemon));
    }

    private static Set<String> mounts(RunningDaemon daemon) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return lines.map(line -> line.split(" ", 6)[4])
                    .filter(target -> target.startsWith(daemon.directory().toString()))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static Set<String> files(RunningDaemon daemon) throws IOException {
        var files = new TreeSet<String>();
        for (var name : List.of("sandboxes", "containers", "leases", "ports")) {
            files.addAll(tree(daemon.state().resolve(name), false));
        }
        for (var name : List.of("sandboxes", "containers", "snapshots")) {
            files.addAll(tree(daemon.root().resolve(name), false));
        }
        return files;
    }

    private static Set<String> links(RunningDaemon daemon)
            throws IOException, InterruptedException {
        var shown = RunningDaemon.run(List.of("ip", "-o", "link", "show", daemon.bridge()));
        var group = shown.replaceFirst("(?s).* group (\\S+) .*", "$1");
        return RunningDaemon.run(List.of("ip", "-o", "link", "show", "group", group))
                .lines()
                .filter(line -> line.contains(": demi"))
                .filter(line -> !line.contains(": " + daemon.bridge() + ":"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Shims run in a cgroup of their own; the spawner, a child of the daemon, is not counted. */
    private static Set<String> shims(RunningDaemon daemon) throws IOException {
        var processes = daemon.cgroup().resolve("demitasse/shims/cgroup.procs");
        var shims = new TreeSet<>(Files.readAllLines(processes));
        shims.removeIf(pid -> parent(pid) == daemon.pid());
        return shims;
    }

    private static long parent(String pid) {
        return ProcessHandle.of(Long.parseLong(pid))
                .flatMap(ProcessHandle::parent)
                .map(ProcessHandle::pid)
                .orElse(0L);
    }

    private static Set<String> tree(Path directory, boolean directoriesOnly) throws IOException {
        if (!Files.exists(directory)) {
            return Set.of();
        }
        var paths = new ArrayList<String>();
        try (var walk = Files.walk(directory)) {
            walk.filter(path -> !directoriesOnly || Files.isDirectory(path))
                    .forEach(path -> paths.add(path.toString()));
        }
        return new TreeSet<>(paths);
    }
}
