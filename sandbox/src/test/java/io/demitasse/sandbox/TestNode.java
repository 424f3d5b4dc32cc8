package io.demitasse.sandbox;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.linux.namespace.NamespaceType;
import io.demitasse.sandbox.network.NetworkConfig;
import io.demitasse.sandbox.network.RoutedNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The machine the tests run on: its tools, and whether it is ours to change. */
public final class TestNode {
    private static final SecureRandom RANDOM = new SecureRandom();

    private TestNode() {}

    /** Skips the test where it would make links in a namespace that others use. */
    public static void assumePrivate() {
        assumeTrue(
                Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers")),
                "needs root and private namespaces, known by a cgroup2 at /sys/fs/cgroup:"
                        + " run ./test");
    }

    static Sandboxes sandboxes(Path state, NetworkConfig config) throws IOException {
        var paths = new SandboxPaths(state);
        return Sandboxes.open(
                state,
                RoutedNetwork.open(
                        config, paths.leases(config.bridge()), paths.ports(config.bridge())));
    }

    static String newId() {
        var bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** {@return what a command said; its failure is the test's} */
    public static String run(String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        if (status != 0) {
            throw new AssertionError(String.join(" ", command) + " exited " + status + ": " + said);
        }
        return said;
    }

    /** Runs a command in a pod's namespaces. */
    static String runIn(Sandbox sandbox, String... command)
            throws IOException, InterruptedException {
        var ns = sandbox.paths().namespaces(sandbox.id());
        var entered = new ArrayList<String>();
        entered.add("nsenter");
        for (var type : new String[] {"net", "uts", "ipc"}) {
            if (Files.exists(ns.resolve(type))) {
                entered.add("--" + type + "=" + ns.resolve(type));
            }
        }
        entered.addAll(List.of(command));
        return run(entered.toArray(String[]::new));
    }

    /** Fails unless an address answers; what is sent while a link is not quite up may be lost. */
    static void ping(Sandbox from, String address) throws IOException, InterruptedException {
        ping(from.paths().namespace(from.id(), NamespaceType.NET), address);
    }

    /** As above, from a network namespace. */
    static void ping(Path netns, String address) throws IOException, InterruptedException {
        run(
                "nsenter",
                "--net=" + netns,
                "sh",
                "-c",
                "for n in 1 2 3 4 5; do busybox ping -c1 -W1 $0 && exit; done; exit 1",
                address);
    }

    static long mounts() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return lines.count();
        }
    }

    /** {@return how many open sockets and namespaces there are; the JDK closes its pipes late} */
    static long descriptors() throws IOException {
        long count = 0;
        try (var entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var entry : entries) {
                var name = Files.isSymbolicLink(entry) ? linked(entry) : "";
                if (name.contains(":[") && !name.startsWith("pipe:")) {
                    count++;
                }
            }
        }
        return count;
    }

    private static String linked(Path entry) throws IOException {
        try {
            return Files.readSymbolicLink(entry).toString();
        } catch (NoSuchFileException closedMeanwhile) {
            return "";
        }
    }
}
