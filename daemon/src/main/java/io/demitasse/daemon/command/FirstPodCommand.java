package io.demitasse.daemon.command;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.ContainerMetadata;
import io.demitasse.cri.v1.CreateContainerRequest;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.LinuxContainerConfig;
import io.demitasse.cri.v1.LinuxContainerSecurityContext;
import io.demitasse.cri.v1.LinuxPodSandboxConfig;
import io.demitasse.cri.v1.LinuxSandboxSecurityContext;
import io.demitasse.cri.v1.ListPodSandboxRequest;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.NamespaceOption;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.PodSandboxMetadata;
import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.demitasse.cri.v1.RunPodSandboxRequest;
import io.demitasse.cri.v1.RuntimeServiceGrpc;
import io.demitasse.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.demitasse.cri.v1.SecurityProfile;
import io.demitasse.cri.v1.SecurityProfile.ProfileType;
import io.demitasse.cri.v1.StartContainerRequest;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import io.demitasse.cri.v1.VersionRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code demitasse first-pod}: one pod with one container, made over CRI as the kubelet would, with
 * the time that each step took.
 *
 * <p>The pod stays; the next call replaces it.
 */
@Command(name = "first-pod", description = "Run one pod over CRI, show its log and its times.")
final class FirstPodCommand implements Callable<Integer> {
    private static final String NAME = "first-pod";
    private static final String LAST_LINE = "ready";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Ends at once when asked to: pid 1 has no default handler for SIGTERM, so it brings one. */
    private static final String SCRIPT =
            """
            trap 'exit 0' TERM
            echo "hello from pod $(hostname), pid $$, uid $(id -u)"
            echo "$(ip -4 -o addr show | awk '{ print $2, $4 }' | tr '\\n' ' ')"
            echo "$(grep -c . /proc/self/mounts) mounts, seccomp $(awk '/^Seccomp:/ { print $2 }' /proc/self/status)"
            echo ready
            while :; do sleep 3600 & wait; done
            """;

    /** As the kubelet asks unless shareProcessNamespace is set; the message's default is POD. */
    private static final NamespaceOption ONE_PID_NAMESPACE_EACH =
            NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER).build();

    private static final SecurityProfile RUNTIME_DEFAULT =
            SecurityProfile.newBuilder().setProfileType(ProfileType.RuntimeDefault).build();

    @Mixin private ListenOption listen = new ListenOption();

    @Option(
            names = "--image",
            required = true,
            paramLabel = "NAME",
            description = "A loaded image that has /bin/sh.")
    private String image = "";

    @Option(
            names = "--logs",
            required = true,
            paramLabel = "DIRECTORY",
            description = "Where the container's log goes.")
    private Path logs = Path.of("");

    @Override
    public Integer call() throws Exception {
        var logDirectory = Files.createDirectories(logs.toAbsolutePath().resolve(NAME));
        var log = logDirectory.resolve("shell.log");
        var pod = pod(logDirectory);
        var steps = new StepTimes();
        try (var connection = listen.connect()) {
            var runtime = RuntimeServiceGrpc.newBlockingStub(connection.channel());
            steps.time(
                    "Version, and connecting",
                    () -> runtime.version(VersionRequest.getDefaultInstance()));
            removeEarlier(runtime);
            Files.deleteIfExists(log);
            var podId =
                    steps.time(
                                    "RunPodSandbox",
                                    () ->
                                            runtime.runPodSandbox(
                                                    RunPodSandboxRequest.newBuilder()
                                                            .setConfig(pod)
                                                            .build()))
                            .getPodSandboxId();
            var containerId =
                    steps.time(
                                    "CreateContainer",
                                    () -> runtime.createContainer(container(podId, pod)))
                            .getContainerId();
            steps.time(
                    "StartContainer",
                    () ->
                            runtime.startContainer(
                                    StartContainerRequest.newBuilder()
                                            .setContainerId(containerId)
                                            .build()));
        }
        var text = steps.time("its last line in the log", () -> awaitLog(log));
        System.out.print(text);
        System.out.println();
        System.out.print(steps.table());
        return 0;
    }

    private static PodSandboxConfig pod(Path logDirectory) {
        return PodSandboxConfig.newBuilder()
                .setMetadata(
                        PodSandboxMetadata.newBuilder()
                                .setName(NAME)
                                .setUid(NAME)
                                .setNamespace("default"))
                .setHostname(NAME)
                .setLogDirectory(logDirectory.toString())
                .setLinux(
                        LinuxPodSandboxConfig.newBuilder()
                                .setSecurityContext(
                                        LinuxSandboxSecurityContext.newBuilder()
                                                .setNamespaceOptions(ONE_PID_NAMESPACE_EACH)))
                .build();
    }

    private CreateContainerRequest container(String podId, PodSandboxConfig pod) {
        return CreateContainerRequest.newBuilder()
                .setPodSandboxId(podId)
                .setSandboxConfig(pod)
                .setConfig(
                        ContainerConfig.newBuilder()
                                .setMetadata(ContainerMetadata.newBuilder().setName("shell"))
                                .setImage(ImageSpec.newBuilder().setImage(image))
                                .addCommand("/bin/sh")
                                .addArgs("-c")
                                .addArgs(SCRIPT)
                                .setLinux(
                                        LinuxContainerConfig.newBuilder()
                                                .setSecurityContext(
                                                        LinuxContainerSecurityContext.newBuilder()
                                                                .setNamespaceOptions(
                                                                        ONE_PID_NAMESPACE_EACH)
                                                                .setSeccomp(RUNTIME_DEFAULT)))
                                .setLogPath("shell.log"))
                .build();
    }

    private static void removeEarlier(RuntimeServiceBlockingStub runtime) {
        runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList().stream()
                .filter(pod -> pod.getMetadata().getUid().equals(NAME))
                .forEach(pod -> {
                    runtime.stopPodSandbox(
                            StopPodSandboxRequest.newBuilder()
                                    .setPodSandboxId(pod.getId())
                                    .build());
                    runtime.removePodSandbox(
                            RemovePodSandboxRequest.newBuilder()
                                    .setPodSandboxId(pod.getId())
                                    .build());
                });
    }

    /** {@return the log's text as soon as the container's last line is in it} */
    private static String awaitLog(Path log) throws IOException, InterruptedException {
        try (var growth = new FileGrowth(log)) {
            return growth.awaitLine(LAST_LINE, PATIENCE);
        }
    }
}
