package io.demitasse.daemon.command;

import io.demitasse.daemon.Daemon;
import io.demitasse.daemon.configuration.Configuration;
import io.demitasse.daemon.configuration.NetworkSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code demitasse rehearse}: a daemon and its clients in one process, from start to end.
 *
 * <p>What runs here is what the ahead-of-time cache of the distribution knows: the JVM records it
 * when it is started with {@code -XX:AOTCacheOutput}.
 */
@Command(
        name = "rehearse",
        hidden = true,
        description = "Serve, load an image, run a pod, remove it and end, for the JVM to record.")
final class RehearseCommand implements Callable<Integer> {
    @Option(names = "--directory", required = true, description = "Everything is made below it.")
    private Path directory = Path.of("");

    @Option(names = "--image", required = true, description = "An OCI image layout.")
    private Path image = Path.of("");

    @Option(names = "--cgroup-root", required = true, description = "As of serve.")
    private Path cgroupRoot = Path.of("");

    @Override
    public Integer call() throws IOException, InterruptedException {
        var configuration =
                Configuration.defaults()
                        .withRoot(directory.resolve("root"))
                        .withState(directory.resolve("state"))
                        .withSocket(directory.resolve("demitasse.sock"))
                        .withCgroupRoot(cgroupRoot)
                        .withNetwork(NetworkSettings.defaults().withBridge("demi-rehearse"));
        var daemon = new Daemon(configuration);
        daemon.start();
        try {
            return clients("unix://" + configuration.socket());
        } finally {
            daemon.stop();
            daemon.awaitTermination();
        }
    }

    private int clients(String socket) {
        var name = "localhost/rehearsal:latest";
        int failures = Main.execute("load", "--listen", socket, image.toString(), name);
        var logs = directory.resolve("logs").toString();
        failures += Main.execute("first-pod", "--listen", socket, "--image", name, "--logs", logs);
        failures += Main.execute("remove-pods", "--listen", socket);
        failures += Main.execute("version");
        return failures == 0 ? 0 : 1;
    }
}
