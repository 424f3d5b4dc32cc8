package io.demitasse.conformance.daemon;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.ContainerMetadata;
import io.demitasse.cri.v1.ContainerState;
import io.demitasse.cri.v1.ContainerStatus;
import io.demitasse.cri.v1.ContainerStatusRequest;
import io.demitasse.cri.v1.CreateContainerRequest;
import io.demitasse.cri.v1.ExecSyncRequest;
import io.demitasse.cri.v1.ExecSyncResponse;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.LinuxContainerConfig;
import io.demitasse.cri.v1.LinuxContainerSecurityContext;
import io.demitasse.cri.v1.LinuxPodSandboxConfig;
import io.demitasse.cri.v1.LinuxSandboxSecurityContext;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.NamespaceOption;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.PodSandboxMetadata;
import io.demitasse.cri.v1.RunPodSandboxRequest;
import io.demitasse.cri.v1.SecurityProfile;
import io.demitasse.cri.v1.SecurityProfile.ProfileType;
import io.demitasse.cri.v1.StartContainerRequest;
import io.demitasse.cri.v1.StopContainerRequest;
import java.util.List;

/** Requests as a kubelet sends them. */
final class Requests {
    private static final NamespaceOption KUBELET_DEFAULT =
            NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER).build();

    /** As for a pod whose securityContext has seccompProfile.type RuntimeDefault. */
    private static final SecurityProfile RUNTIME_DEFAULT =
            SecurityProfile.newBuilder().setProfileType(ProfileType.RuntimeDefault).build();

    private Requests() {}

    static PodSandboxConfig.Builder pod(RunningDaemon daemon, String name) {
        return PodSandboxConfig.newBuilder()
                .setMetadata(
                        PodSandboxMetadata.newBuilder()
                                .setName(name)
                                .setNamespace("default")
                                .setUid("uid-" + name))
                .setHostname(name)
                .setLogDirectory(daemon.logs().resolve(name).toString())
                .setLinux(
                        LinuxPodSandboxConfig.newBuilder()
                                .setSecurityContext(
                                        LinuxSandboxSecurityContext.newBuilder()
                                                .setNamespaceOptions(KUBELET_DEFAULT)));
    }

    static ContainerConfig.Builder container(String name, String... command) {
        return ContainerConfig.newBuilder()
                .setMetadata(ContainerMetadata.newBuilder().setName(name))
                .setImage(ImageSpec.newBuilder().setImage(RunningDaemon.IMAGE))
                .addAllCommand(List.of(command))
                .setLogPath(name + ".log")
                .setLinux(
                        LinuxContainerConfig.newBuilder()
                                .setSecurityContext(
                                        LinuxContainerSecurityContext.newBuilder()
                                                .setNamespaceOptions(KUBELET_DEFAULT)
                                                .setSeccomp(RUNTIME_DEFAULT)));
    }

    static String run(RunningDaemon daemon, PodSandboxConfig.Builder pod) {
        return daemon.runtime()
                .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(pod).build())
                .getPodSandboxId();
    }

    static String create(RunningDaemon daemon, String pod, ContainerConfig.Builder container) {
        return daemon.runtime()
                .createContainer(
                        CreateContainerRequest.newBuilder()
                                .setPodSandboxId(pod)
                                .setConfig(container)
                                .build())
                .getContainerId();
    }

    static void start(RunningDaemon daemon, String container) {
        daemon.runtime()
                .startContainer(
                        StartContainerRequest.newBuilder().setContainerId(container).build());
    }

    static String createAndStart(
            RunningDaemon daemon, String pod, ContainerConfig.Builder container) {
        var id = create(daemon, pod, container);
        start(daemon, id);
        return id;
    }

    static void stop(RunningDaemon daemon, String container, long seconds) {
        daemon.runtime()
                .stopContainer(
                        StopContainerRequest.newBuilder()
                                .setContainerId(container)
                                .setTimeout(seconds)
                                .build());
    }

    static ExecSyncResponse exec(RunningDaemon daemon, String container, String... command) {
        return daemon.runtime()
                .execSync(
                        ExecSyncRequest.newBuilder()
                                .setContainerId(container)
                                .addAllCmd(List.of(command))
                                .build());
    }

    static ContainerStatus status(RunningDaemon daemon, String container) {
        return daemon.runtime()
                .containerStatus(
                        ContainerStatusRequest.newBuilder().setContainerId(container).build())
                .getStatus();
    }

    /** Waits for a container's end and returns how it ended; one that does not end is a failure. */
    static ContainerStatus awaitExit(RunningDaemon daemon, String container) {
        Eventually.equal(
                ContainerState.CONTAINER_EXITED, () -> status(daemon, container).getState());
        return status(daemon, container);
    }
}
