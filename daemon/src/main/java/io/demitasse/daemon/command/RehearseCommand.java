package io.demitasse.daemon.command;

import io.demitasse.cri.v1.ContainerStatusRequest;
import io.demitasse.cri.v1.ExecSyncRequest;
import io.demitasse.cri.v1.ImageServiceGrpc;
import io.demitasse.cri.v1.ListContainerStatsRequest;
import io.demitasse.cri.v1.ListContainersRequest;
import io.demitasse.cri.v1.ListImagesRequest;
import io.demitasse.cri.v1.ListPodSandboxRequest;
import io.demitasse.cri.v1.PodSandboxStatusRequest;
import io.demitasse.cri.v1.RuntimeServiceGrpc;
import io.demitasse.cri.v1.StatusRequest;
import io.demitasse.daemon.Daemon;
import io.demitasse.daemon.configuration.Configuration;
import io.demitasse.daemon.configuration.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
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
        description =
                "Serve, load an image, run a pod, recover and remove it, for the JVM to record.")
final class RehearseCommand implements Callable<Integer> {
    @Option(names = "--directory", required = true, description = "Everything is made below it.")
    private Path directory = Path.of("");

    @Option(names = "--image", required = true, description = "An OCI image layout.")
    private Path image = Path.of("");

    @Option(names = "--cgroup-root", required = true, description = "As of serve.")
    private Path cgroupRoot = Path.of("");

    @Override
    public Integer call() throws ConfigurationException, IOException, InterruptedException {
        var configuration = configuration();
        var socket = configuration.socket().path();
        var listen = "unix://" + socket;
        return serve(configuration, () -> firstPod(socket, listen))
                                // the second daemon finds a pod and recovers it
                                + serve(
                                        configuration,
                                        () -> Main.execute("remove-pods", "--listen", listen))
                                + Main.execute("version")
                        == 0
                ? 0
                : 1;
    }

    /** Like serve's, of a file: reading it is a part of each start. */
    private Configuration configuration() throws ConfigurationException, IOException {
        var file =
                Files.writeString(
                        directory.resolve("config.toml"),
                        """
                        root = "%1$s/root"
                        state = "%1$s/state"
                        cgroup_root = "%2$s"
                        [network]
                        bridge = "demi-rehearse"
                        """
                                .formatted(directory, cgroupRoot));
        var listen = "unix://" + directory.resolve("demitasse.sock");
        return ServeCommand.plain("serve", "--config", file.toString(), "--listen", listen)
                .orElseThrow()
                .configuration();
    }

    private static int serve(Configuration configuration, Callable<Integer> clients)
            throws IOException, InterruptedException {
        var daemon = new Daemon(configuration);
        daemon.start();
        try {
            return clients.call();
        } catch (IOException | RuntimeException failed) {
            throw failed;
        } catch (Exception failed) {
            throw new IOException("cannot rehearse", failed);
        } finally {
            daemon.stop();
            daemon.awaitTermination();
        }
    }

    private int firstPod(Path socket, String listen) {
        var name = "localhost/rehearsal:latest";
        int failures = Main.execute("load", "--listen", listen, image.toString(), name);
        var logs = directory.resolve("logs").toString();
        failures += Main.execute("first-pod", "--listen", listen, "--image", name, "--logs", logs);
        try (var connection = DaemonChannel.to(socket)) {
            lookAround(connection);
        }
        return failures;
    }

    /** What a kubelet asks all the time. */
    private static void lookAround(DaemonChannel connection) {
        var runtime = RuntimeServiceGrpc.newBlockingStub(connection.channel());
        runtime.status(StatusRequest.getDefaultInstance());
        runtime.listContainerStats(ListContainerStatsRequest.getDefaultInstance());
        for (var pod :
                runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList()) {
            runtime.podSandboxStatus(
                    PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod.getId()).build());
        }
        for (var container :
                runtime.listContainers(ListContainersRequest.getDefaultInstance())
                        .getContainersList()) {
            var id = container.getId();
            runtime.containerStatus(ContainerStatusRequest.newBuilder().setContainerId(id).build());
            runtime.execSync(
                    ExecSyncRequest.newBuilder().setContainerId(id).addCmd("true").build());
        }
        ImageServiceGrpc.newBlockingStub(connection.channel())
                .listImages(ListImagesRequest.getDefaultInstance());
    }
}
