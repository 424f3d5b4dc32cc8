package io.demitasse.perf;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.ContainerMetadata;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.LinuxContainerConfig;
import io.demitasse.cri.v1.LinuxContainerResources;
import io.demitasse.cri.v1.LinuxContainerSecurityContext;
import io.demitasse.cri.v1.LinuxPodSandboxConfig;
import io.demitasse.cri.v1.LinuxSandboxSecurityContext;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.NamespaceOption;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.PodSandboxMetadata;
import io.demitasse.cri.v1.SecurityProfile;
import io.demitasse.cri.v1.SecurityProfile.ProfileType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The pods of one run: one container each that sleeps, with the security that the kubelet asks for.
 *
 * <pre>
 *   LOGS/perf_pod-17_RUN-17/          log_directory of a pod, as the kubelet names it
 *     sleep/0.log                     log_path of its container
 * </pre>
 *
 * @param run distinguishes the pods of this run from all others, and its workloads in /proc
 * @param seccomp the filter of pods and containers
 */
public record PodTemplate(
        long run,
        ImageSpec image,
        Network network,
        String cgroupParent,
        Path logs,
        ProfileType seccomp) {
    private static final String NAMESPACE = "perf";
    private static final String CONTAINER = "sleep";
    // oom_score_adj of a pod without requests
    private static final int BEST_EFFORT = 1000;
    private static final long ELEVEN_DAYS_SECONDS = 1_000_000;

    /** What containers find empty: the kubelet sends both for procMount: Default. */
    public static final List<String> MASKED_PATHS =
            List.of(
                    "/proc/asound",
                    "/proc/acpi",
                    "/proc/interrupts",
                    "/proc/kcore",
                    "/proc/keys",
                    "/proc/latency_stats",
                    "/proc/timer_list",
                    "/proc/timer_stats",
                    "/proc/sched_debug",
                    "/proc/scsi",
                    "/sys/firmware",
                    "/sys/devices/virtual/powercap");

    /** What containers cannot write to. */
    public static final List<String> READONLY_PATHS =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    /** Makes pods with the runtime's default filter. */
    public PodTemplate(long run, ImageSpec image, Network network, String cgroupParent, Path logs) {
        this(run, image, network, cgroupParent, logs, ProfileType.RuntimeDefault);
    }

    /**
     * {@return the command of the containers; its argument is found nowhere else on the machine}
     */
    public List<String> command() {
        return List.of("sleep", Long.toString(ELEVEN_DAYS_SECONDS + run));
    }

    /** {@return the configuration of pod {@code index}, whose log directory exists} */
    public PodSandboxConfig pod(int index) throws IOException {
        String name = "pod-" + index;
        String uid = "%d-%d".formatted(run, index);
        var directory = logs.resolve("%s_%s_%s".formatted(NAMESPACE, name, uid));
        Files.createDirectories(directory.resolve(CONTAINER));
        var pod =
                PodSandboxConfig.newBuilder()
                        .setMetadata(
                                PodSandboxMetadata.newBuilder()
                                        .setName(name)
                                        .setUid(uid)
                                        .setNamespace(NAMESPACE))
                        .setLogDirectory(directory.toString())
                        .putLabels("io.kubernetes.pod.name", name)
                        .putLabels("io.kubernetes.pod.namespace", NAMESPACE)
                        .putLabels("io.kubernetes.pod.uid", uid)
                        .setLinux(
                                LinuxPodSandboxConfig.newBuilder()
                                        .setCgroupParent(cgroupParent)
                                        .setSecurityContext(
                                                LinuxSandboxSecurityContext.newBuilder()
                                                        .setNamespaceOptions(namespaces())
                                                        .setSeccomp(filter())));
        // a host-network pod has the machine's name: the kubelet sends none
        return network == Network.POD ? pod.setHostname(name).build() : pod.build();
    }

    /** {@return the configuration of the one container of a pod} */
    public ContainerConfig container() {
        return container(CONTAINER, command());
    }

    /** {@return the same with another command; its log is {@code NAME/0.log}} */
    public ContainerConfig container(String name, List<String> command) {
        return ContainerConfig.newBuilder()
                .setMetadata(ContainerMetadata.newBuilder().setName(name))
                .setImage(image)
                .addAllCommand(command)
                .putLabels("io.kubernetes.container.name", name)
                .setLogPath(name + "/0.log")
                .setLinux(
                        LinuxContainerConfig.newBuilder()
                                .setResources(
                                        LinuxContainerResources.newBuilder()
                                                .setOomScoreAdj(BEST_EFFORT))
                                .setSecurityContext(
                                        LinuxContainerSecurityContext.newBuilder()
                                                .setNamespaceOptions(namespaces())
                                                .setSeccomp(filter())
                                                .addAllMaskedPaths(MASKED_PATHS)
                                                .addAllReadonlyPaths(READONLY_PATHS)))
                .build();
    }

    private SecurityProfile filter() {
        return SecurityProfile.newBuilder().setProfileType(seccomp).build();
    }

    private NamespaceOption namespaces() {
        return NamespaceOption.newBuilder()
                .setNetwork(network.mode())
                .setPid(NamespaceMode.CONTAINER)
                .setIpc(NamespaceMode.POD)
                .build();
    }
}
