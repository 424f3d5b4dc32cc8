package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static io.demitasse.conformance.daemon.Requests.start;
import static io.demitasse.conformance.daemon.Requests.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.ImageStatusRequest;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.RemoveContainerRequest;
import io.demitasse.cri.v1.RemoveImageRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images mounted in containers, as a kubelet asks for them. */
@Timeout(300)
class ImageVolumesTest {
    @TempDir Path directory;

    private RunningDaemon daemon;
    private Footprint before;

    @BeforeEach
    void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
        before = Footprint.of(daemon);
    }

    @AfterEach
    void leavesNothingBehind() throws Exception {
        if (daemon != null) {
            daemon.removeAllPods();
            Eventually.equal(before, () -> Footprint.of(daemon));
            daemon.close();
        }
    }

    private static Mount.Builder mount(String image, String target) {
        return Mount.newBuilder()
                .setContainerPath(target)
                .setReadonly(true)
                .setImage(ImageSpec.newBuilder().setImage(image));
    }

    private static ContainerConfig.Builder sleeper(String name, Mount.Builder... mounts) {
        var config = container(name, "sleep", "1000");
        for (var mount : mounts) {
            config.addMounts(mount);
        }
        return config;
    }

    private String imageId() {
        var spec = ImageSpec.newBuilder().setImage(RunningDaemon.IMAGE);
        return daemon.images()
                .imageStatus(ImageStatusRequest.newBuilder().setImage(spec).build())
                .getImage()
                .getId();
    }

    private String sh(String container, String script) {
        var result = exec(daemon, container, "sh", "-c", script);
        return result.getStdout().toStringUtf8() + result.getStderr().toStringUtf8();
    }

    @Test
    void shouldMountImageReadOnlyInSeveralPods() throws Exception {
        var image = imageId();
        for (int i = 0; i < 2; i++) {
            var pod = run(daemon, pod(daemon, "p" + i));
            var config =
                    sleeper(
                            "c",
                            mount(image, "/volume"),
                            mount(image, "/deep/part").setImageSubPath("etc"));
            var id = createAndStart(daemon, pod, config);

            assertThat(sh(id, "cat /volume/etc/passwd")).contains("root:x:0");
            assertThat(sh(id, "cat /deep/part/passwd")).contains("root:x:0");
            assertThat(sh(id, "echo x > /volume/etc/passwd")).contains("Read-only file system");
            assertThat(sh(id, "touch /volume/new")).contains("Read-only file system");
            assertThat(status(daemon, id).getMountsList())
                    .extracting(each -> each.getImage().getImage())
                    .containsOnly(image);
        }
    }

    @Test
    void shouldRestrictMountsAsAskedFor() throws Exception {
        var pod = run(daemon, pod(daemon, "p"));
        var host = Files.createDirectories(directory.resolve("host")).toString();
        var options = java.util.List.of("noexec", "nodev", "nosuid");
        var config =
                sleeper(
                        "c",
                        mount(RunningDaemon.IMAGE, "/free"),
                        mount(RunningDaemon.IMAGE, "/bound").addAllMountOptions(options),
                        Mount.newBuilder()
                                .setContainerPath("/host")
                                .setHostPath(host)
                                .addAllMountOptions(options));
        var id = createAndStart(daemon, pod, config);

        assertThat(sh(id, "/free/bin/busybox true && echo runs")).isEqualTo("runs\n");
        assertThat(sh(id, "/bound/bin/busybox true")).contains("Permission denied");
        assertThat(sh(id, "grep ' /host ' /proc/mounts")).contains("nosuid,nodev,noexec");
        refused(
                pod,
                mount(RunningDaemon.IMAGE, "/v").addMountOptions("suid"),
                Status.Code.INVALID_ARGUMENT,
                "mount option \"suid\"");
    }

    @Test
    void shouldStartFromRemovedImageAlsoAfterCrash() throws Exception {
        var pod = run(daemon, pod(daemon, "p"));
        var id = Requests.create(daemon, pod, sleeper("c", mount(RunningDaemon.IMAGE, "/volume")));
        var spec = ImageSpec.newBuilder().setImage(RunningDaemon.IMAGE);
        daemon.images().removeImage(RemoveImageRequest.newBuilder().setImage(spec).build());
        daemon.kill();
        daemon.restart();

        start(daemon, id);
        assertThat(sh(id, "cat /volume/etc/passwd")).contains("root:x:0");
        try (var layers = Files.list(daemon.root().resolve("layers"))) {
            assertThat(layers).hasSize(1);
        }
        daemon.runtime()
                .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(id).build());

        try (var layers = Files.list(daemon.root().resolve("layers"))) {
            assertThat(layers).isEmpty();
        }
    }

    @Test
    void shouldMountAnArtifactThatWasPulledAndForgetItWhenItIsRemoved() throws Exception {
        assumeTrue(LocalRegistry.isInstalled(), "needs docker-registry: run ./test");
        var layersBefore = layers();
        try (var registry = LocalRegistry.plain(Files.createDirectory(directory.resolve("r")))) {
            var files = Map.of("weights.bin", "w".repeat(5000), "conf/a.json", "{}");
            registry.putArtifact("models/a", "1", files);
            var name = registry.host() + "/models/a:1";
            var spec = ImageSpec.newBuilder().setImage(name).build();
            daemon.images().pullImage(PullImageRequest.newBuilder().setImage(spec).build());
            var pod = run(daemon, pod(daemon, "p"));
            var config =
                    sleeper(
                            "c",
                            mount(name, "/model"),
                            mount(name, "/weights").setImageSubPath("weights.bin"));
            var id = createAndStart(daemon, pod, config);

            assertThat(sh(id, "wc -c < /model/weights.bin")).isEqualTo("5000\n");
            assertThat(sh(id, "cmp /weights /model/weights.bin && cat /model/conf/a.json"))
                    .isEqualTo("{}");
            assertThat(sh(id, "echo x > /model/weights.bin")).contains("Read-only file system");
            daemon.images().removeImage(RemoveImageRequest.newBuilder().setImage(spec).build());
            assertThat(sh(id, "cat /model/conf/a.json")).isEqualTo("{}");
            daemon.removeAllPods();
        }
        assertThat(layers()).isEqualTo(layersBefore);
    }

    /** An artifact is data: nobody can run it. */
    @Test
    void shouldNotRunAnArtifact() throws Exception {
        assumeTrue(LocalRegistry.isInstalled(), "needs docker-registry: run ./test");
        try (var registry = LocalRegistry.plain(Files.createDirectory(directory.resolve("r")))) {
            registry.putArtifact("models/a", "1", Map.of("bin/sh", "no program"));
            var name = registry.host() + "/models/a:1";
            var spec = ImageSpec.newBuilder().setImage(name).build();
            daemon.images().pullImage(PullImageRequest.newBuilder().setImage(spec).build());
            var pod = run(daemon, pod(daemon, "p"));

            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(
                            () -> Requests.create(daemon, pod, container("c", "sh").setImage(spec)))
                    .withMessageContaining("artifact");
            daemon.images().removeImage(RemoveImageRequest.newBuilder().setImage(spec).build());
        }
    }

    private java.util.Set<String> layers() throws Exception {
        try (var listed = Files.list(daemon.root().resolve("layers"))) {
            return listed.map(each -> each.getFileName().toString())
                    .collect(java.util.stream.Collectors.toSet());
        }
    }

    @Test
    void shouldSayAtCreationWhatIsWrongWithVolume() throws Exception {
        var pod = run(daemon, pod(daemon, "p"));

        refused(
                pod,
                mount("localhost/nothing", "/v"),
                Status.Code.NOT_FOUND,
                "ImageVolumeMountFailed: image localhost/nothing of the volume at /v is not here");
        refused(
                pod,
                mount(RunningDaemon.IMAGE, "/v").setImageSubPath("no/such"),
                Status.Code.NOT_FOUND,
                "ImageVolumeMountFailed: sub path \"no/such\" does not exist");
        refused(
                pod,
                mount(RunningDaemon.IMAGE, "/v").setImageSubPath("../../../proc/self"),
                Status.Code.NOT_FOUND,
                "sub path \"../../../proc/self\" leads out of image");
        refused(
                pod,
                mount(RunningDaemon.IMAGE, "/v").setImageSubPath("/etc"),
                Status.Code.NOT_FOUND,
                "sub path \"/etc\" leads out of image");
        refused(
                pod,
                mount(RunningDaemon.IMAGE, "/v").setImageSubPath("etc/passwd"),
                Status.Code.NOT_FOUND,
                "sub path \"etc/passwd\" is no directory of image");
        refused(
                pod,
                mount(RunningDaemon.IMAGE, "/v").setReadonly(false),
                Status.Code.INVALID_ARGUMENT,
                "which can only be mounted readonly");
        refused(
                pod,
                mount(RunningDaemon.IMAGE, "/v").setHostPath("/srv"),
                Status.Code.INVALID_ARGUMENT,
                "host_path");
    }

    private void refused(String pod, Mount.Builder mount, Status.Code code, String why) {
        assertThatExceptionOfType(StatusRuntimeException.class)
                .isThrownBy(() -> Requests.create(daemon, pod, sleeper("c", mount)))
                .matches(failure -> failure.getStatus().getCode() == code)
                .withMessageContaining(why);
    }
}
