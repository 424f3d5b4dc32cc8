package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static io.demitasse.conformance.daemon.Requests.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.demitasse.cri.v1.Capability;
import io.demitasse.cri.v1.CheckpointContainerRequest;
import io.demitasse.cri.v1.ContainerState;
import io.demitasse.cri.v1.Device;
import io.demitasse.cri.v1.ExecSyncRequest;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.LinuxContainerConfig;
import io.demitasse.cri.v1.LinuxContainerResources;
import io.demitasse.cri.v1.LinuxContainerSecurityContext;
import io.demitasse.cri.v1.LinuxPodSandboxConfig;
import io.demitasse.cri.v1.LinuxSandboxSecurityContext;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.MountPropagation;
import io.demitasse.cri.v1.NamespaceOption;
import io.demitasse.cri.v1.PodSandboxMetadata;
import io.demitasse.cri.v1.PodSandboxStatusRequest;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.RemoveContainerRequest;
import io.demitasse.cri.v1.RunPodSandboxRequest;
import io.demitasse.cri.v1.SecurityProfile;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests that cannot be met: the code, the sentence, and nothing left behind. */
@Timeout(120)
class RefusalTest {
    @TempDir static Path directory;

    private static RunningDaemon daemon;
    private Footprint before;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
    }

    @AfterAll
    static void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    @BeforeEach
    void look() throws Exception {
        before = Footprint.of(daemon);
    }

    @AfterEach
    void leavesNothingBehind() throws Exception {
        daemon.removeAllPods();
        Eventually.equal(before, () -> Footprint.of(daemon));
    }

    /** A line feed in a path says something else than it seems to in /proc and in our own files. */
    @Test
    void shouldRefuseControlCharactersInWhatBecomesAPathOrALine() {
        var parent = pod(daemon, "p");
        parent.getLinuxBuilder().setCgroupParent("/x\ny");
        refused(
                Status.Code.INVALID_ARGUMENT,
                "config.linux.cgroup_parent has the control character U+000A",
                () -> run(daemon, parent));
        var dns = pod(daemon, "p");
        dns.getDnsConfigBuilder().addSearches("x\nnameserver 1.2.3.4");
        refused(
                Status.Code.INVALID_ARGUMENT,
                "config.dns_config.searches has the control character U+000A",
                () -> run(daemon, dns));
    }

    @Test
    void shouldRefusePodWithoutMetadata() {
        refused(
                Status.Code.INVALID_ARGUMENT,
                "metadata.name of the pod sandbox is empty",
                () ->
                        run(
                                daemon,
                                pod(daemon, "x")
                                        .setMetadata(PodSandboxMetadata.getDefaultInstance())));
    }

    @Test
    void shouldRefuseEnumValueThatIsNotInCri() {
        refused(
                Status.Code.INVALID_ARGUMENT,
                "namespace_options.network",
                () -> run(daemon, pod(daemon, "x").setLinux(network(17))));
    }

    @Test
    void shouldRefuseUnknownRuntimeHandler() {
        refused(
                Status.Code.INVALID_ARGUMENT,
                "no runtime handler \"kata\"",
                () ->
                        daemon.runtime()
                                .runPodSandbox(
                                        RunPodSandboxRequest.newBuilder()
                                                .setConfig(pod(daemon, "x"))
                                                .setRuntimeHandler("kata")
                                                .build()));
    }

    @Test
    void shouldRefuseSysctlOfTheNode() {
        var config = pod(daemon, "x");
        config.getLinuxBuilder().putSysctls("vm.swappiness", "1");

        refused(Status.Code.INVALID_ARGUMENT, "vm.swappiness", () -> run(daemon, config));
    }

    @Test
    void shouldRefuseEscapingCgroupParent() {
        var config = pod(daemon, "x");
        config.getLinuxBuilder().setCgroupParent("/a/../../b");

        refused(Status.Code.INVALID_ARGUMENT, "cgroup_parent", () -> run(daemon, config));
    }

    @Test
    void shouldSayThatPodIsUnknown() {
        refused(
                Status.Code.NOT_FOUND,
                "there is no pod sandbox abc",
                () ->
                        daemon.runtime()
                                .podSandboxStatus(
                                        PodSandboxStatusRequest.newBuilder()
                                                .setPodSandboxId("abc")
                                                .build()));
    }

    @Test
    void shouldRefuseContainerOfMissingImage() {
        var pod = run(daemon, pod(daemon, "x"));

        refused(
                Status.Code.NOT_FOUND,
                "image localhost/missing:1 is not here",
                () ->
                        Requests.create(
                                daemon,
                                pod,
                                container("c", "true")
                                        .setImage(
                                                ImageSpec.newBuilder()
                                                        .setImage("localhost/missing:1"))));
    }

    @Test
    void shouldRefuseLogPathThatEscapes() {
        var pod = run(daemon, pod(daemon, "x"));

        refused(
                Status.Code.INVALID_ARGUMENT,
                "log_path \"../../etc/c.log\" escapes",
                () ->
                        Requests.create(
                                daemon, pod, container("c", "true").setLogPath("../../etc/c.log")));
    }

    @Test
    void shouldRefuseMountOverTheRoot() {
        var pod = run(daemon, pod(daemon, "x"));

        refused(
                Status.Code.INVALID_ARGUMENT,
                "over the container's root",
                () ->
                        Requests.create(
                                daemon,
                                pod,
                                container("c", "true")
                                        .addMounts(
                                                Mount.newBuilder()
                                                        .setHostPath("/tmp")
                                                        .setContainerPath("/x/.."))));
    }

    @Test
    void shouldRefusePropagationWhereTheNodeHasNone() throws Exception {
        var pod = run(daemon, pod(daemon, "x"));
        var source = Files.createDirectory(directory.resolve("propagating"));
        RunningDaemon.run(List.of("mount", "-t", "tmpfs", "none", source.toString()));
        for (var propagation :
                List.of(
                        MountPropagation.PROPAGATION_BIDIRECTIONAL,
                        MountPropagation.PROPAGATION_HOST_TO_CONTAINER)) {
            var mount =
                    Mount.newBuilder()
                            .setHostPath(source + "/later")
                            .setContainerPath("/mnt")
                            .setPropagation(propagation);
            var config = container("c", "true").addMounts(mount);

            RunningDaemon.run(List.of("mount", "--make-private", source.toString()));
            refused(
                    Status.Code.FAILED_PRECONDITION,
                    "mount /mnt is "
                            + propagation
                            + ", and "
                            + source
                            + " on the node is a private",
                    () -> Requests.create(daemon, pod, config));
            RunningDaemon.run(List.of("mount", "--make-shared", source.toString()));
            daemon.runtime()
                    .removeContainer(
                            RemoveContainerRequest.newBuilder()
                                    .setContainerId(Requests.create(daemon, pod, config))
                                    .build());
        }
        RunningDaemon.run(List.of("umount", source.toString()));
    }

    @Test
    void shouldRefuseDeviceAtNoPath() {
        var pod = run(daemon, pod(daemon, "x"));
        for (var path : List.of("null", "dev/null", "/dev/../null", "/", "/dev/./null")) {
            var device =
                    Device.newBuilder()
                            .setHostPath("/dev/null")
                            .setContainerPath(path)
                            .setPermissions("rw");
            refused(
                    Status.Code.INVALID_ARGUMENT,
                    "device container_path \"" + path + "\" is not an absolute path",
                    () -> Requests.create(daemon, pod, container("c", "true").addDevices(device)));
        }
    }

    @Test
    void shouldNotFillTheLogWithRequestsThatMeanNothing() throws Exception {
        refused(
                Status.Code.INVALID_ARGUMENT,
                "UPPER",
                () ->
                        daemon.images()
                                .pullImage(
                                        PullImageRequest.newBuilder()
                                                .setImage(ImageSpec.newBuilder().setImage("UPPER"))
                                                .build()));

        assertThat(Files.readString(directory.resolve("log")))
                .contains("call=PullImageRequest status=INVALID_ARGUMENT")
                .doesNotContain("IllegalArgumentException");
    }

    @Test
    void shouldRefuseRecursiveReadOnlyMountThatPropagates() {
        var pod = run(daemon, pod(daemon, "x"));
        var mount =
                Mount.newBuilder()
                        .setHostPath("/tmp")
                        .setContainerPath("/mnt")
                        .setReadonly(true)
                        .setRecursiveReadOnly(true)
                        .setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER);

        refused(
                Status.Code.INVALID_ARGUMENT,
                "mount /mnt is recursive_read_only and PROPAGATION_HOST_TO_CONTAINER",
                () -> Requests.create(daemon, pod, container("c", "true").addMounts(mount)));
    }

    @Test
    void shouldRefuseLocalSeccompProfileThatIsNotThere() {
        var pod = run(daemon, pod(daemon, "x"));
        var config = container("c", "true");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setSeccomp(
                        SecurityProfile.newBuilder()
                                .setProfileType(SecurityProfile.ProfileType.Localhost)
                                .setLocalhostRef("localhost//no/such/profile.json"));

        refused(
                Status.Code.INVALID_ARGUMENT,
                "seccomp profile \"localhost//no/such/profile.json\" is no file",
                () -> Requests.create(daemon, pod, config));
    }

    @Test
    void shouldRefuseUnknownCapability() {
        var pod = run(daemon, pod(daemon, "x"));

        refused(
                Status.Code.INVALID_ARGUMENT,
                "FLY",
                () ->
                        Requests.create(
                                daemon,
                                pod,
                                container("c", "true")
                                        .setLinux(
                                                security(
                                                        LinuxContainerSecurityContext.newBuilder()
                                                                .setCapabilities(
                                                                        Capability.newBuilder()
                                                                                .addAddCapabilities(
                                                                                        "FLY"))))));
    }

    @Test
    void shouldRefuseUserThatTheImageDoesNotHave() {
        var pod = run(daemon, pod(daemon, "x"));

        refused(
                Status.Code.INVALID_ARGUMENT,
                "somebody",
                () ->
                        Requests.create(
                                daemon,
                                pod,
                                container("c", "true")
                                        .setLinux(
                                                security(
                                                        LinuxContainerSecurityContext.newBuilder()
                                                                .setRunAsUsername("somebody")))));
    }

    @Test
    void shouldRefuseLimitThatNothingEnforces() throws Exception {
        // the root cgroup has no memory.max, whatever controllers there are
        org.junit.jupiter.api.Assumptions.assumeFalse(
                java.nio.file.Files.readString(Path.of("/sys/fs/cgroup/cgroup.controllers"))
                        .contains("memory"),
                "this node has a memory controller");
        var pod = run(daemon, pod(daemon, "x"));
        var limited = container("c", "true");
        limited.getLinuxBuilder()
                .setResources(LinuxContainerResources.newBuilder().setMemoryLimitInBytes(64 << 20));

        refused(
                Status.Code.FAILED_PRECONDITION,
                "memory.max=67108864",
                () -> Requests.create(daemon, pod, limited));
    }

    @Test
    void shouldNameTheCommandThatDoesNotExist() {
        var pod = run(daemon, pod(daemon, "x"));
        var id = Requests.create(daemon, pod, container("c", "/no/such/command"));

        refused(
                Status.Code.UNKNOWN,
                "exec \"/no/such/command\": ENOENT",
                () -> Requests.start(daemon, id));

        var end = status(daemon, id);
        assertThat(end.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
        assertThat(end.getExitCode()).isEqualTo(128);
        assertThat(end.getReason()).isEqualTo("StartError");
    }

    @Test
    void shouldNameTheCommandOfExecThatDoesNotExist() {
        var pod = run(daemon, pod(daemon, "x"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));

        refused(Status.Code.UNKNOWN, "nonsense", () -> exec(daemon, id, "nonsense"));
        refused(
                Status.Code.DEADLINE_EXCEEDED,
                "killed after 1 s",
                () ->
                        daemon.runtime()
                                .execSync(
                                        ExecSyncRequest.newBuilder()
                                                .setContainerId(id)
                                                .addCmd("sleep")
                                                .addCmd("60")
                                                .setTimeout(1)
                                                .build()));
    }

    @Test
    void shouldSayInASentenceWhatIsNotAvailable() {
        refused(
                Status.Code.UNIMPLEMENTED,
                "CheckpointContainer is not available in this version of demitasse yet",
                () ->
                        daemon.runtime()
                                .checkpointContainer(
                                        CheckpointContainerRequest.getDefaultInstance()));
    }

    @Test
    void shouldNameTheRegistryThatDoesNotAnswer() {
        refused(
                Status.Code.UNAVAILABLE,
                "127.0.0.1:9",
                () ->
                        daemon.images()
                                .pullImage(
                                        PullImageRequest.newBuilder()
                                                .setImage(
                                                        ImageSpec.newBuilder()
                                                                .setImage("127.0.0.1:9/x:1"))
                                                .build()));
    }

    private static void refused(Status.Code code, String sentence, ThrowingCallable request) {
        var failure = catchThrowableOfType(StatusRuntimeException.class, request);

        assertThat(failure).isNotNull();
        assertThat(failure.getStatus().getCode()).isEqualTo(code);
        assertThat(failure.getStatus().getDescription()).contains(sentence);
    }

    private static LinuxPodSandboxConfig network(int mode) {
        return LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder()
                                .setNamespaceOptions(
                                        NamespaceOption.newBuilder().setNetworkValue(mode)))
                .build();
    }

    private static LinuxContainerConfig.Builder security(
            LinuxContainerSecurityContext.Builder context) {
        return LinuxContainerConfig.newBuilder().setSecurityContext(context);
    }
}
