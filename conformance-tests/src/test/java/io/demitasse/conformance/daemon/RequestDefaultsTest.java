package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static io.demitasse.conformance.daemon.Requests.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.cri.v1.ContainerState;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.ImageStatusRequest;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.StopContainerRequest;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is meant by what a request leaves out, says in another way, or takes back. */
@Timeout(120)
class RequestDefaultsTest {
    @TempDir static Path directory;

    private static RunningDaemon daemon;

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

    @AfterEach
    void removePods() {
        daemon.removeAllPods();
    }

    @Test
    void shouldCallAPodWithoutAHostnameAsTheNodeIsCalled() throws Exception {
        var node = Files.readString(Path.of("/proc/sys/kernel/hostname"));
        var unnamed = pod(daemon, "unnamed").clearHostname();
        var ofNode = pod(daemon, "host").clearHostname();
        ofNode.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setNetwork(NamespaceMode.NODE);
        var names = new String[] {"sh", "-c", "echo $HOSTNAME; hostname"};

        for (var config : java.util.List.of(unnamed, ofNode)) {
            var id = createAndStart(daemon, run(daemon, config), container("c", "sleep", "600"));

            assertThat(exec(daemon, id, names).getStdout().toStringUtf8()).isEqualTo(node + node);
        }
        var asked = pod(daemon, "named").setHostname("asked-for");
        var id = createAndStart(daemon, run(daemon, asked), container("c", "sleep", "600"));
        assertThat(exec(daemon, id, names).getStdout().toStringUtf8())
                .isEqualTo("asked-for\nasked-for\n");
    }

    @Test
    void shouldTellTheNameOfAnImageThatWasNamedByItsId() {
        var image = ImageSpec.newBuilder().setImage(RunningDaemon.IMAGE);
        var id =
                daemon.images()
                        .imageStatus(ImageStatusRequest.newBuilder().setImage(image).build())
                        .getImage()
                        .getId();
        var pod = run(daemon, pod(daemon, "image"));
        var byId = ImageSpec.newBuilder().setImage(id);
        var asAsked = byId.clone().setUserSpecifiedImage("busybox:asked");

        var first = Requests.create(daemon, pod, container("a", "sleep", "6").setImage(byId));
        var second = Requests.create(daemon, pod, container("b", "sleep", "6").setImage(asAsked));

        assertThat(status(daemon, first).getImage().getImage()).isEqualTo(RunningDaemon.IMAGE);
        assertThat(status(daemon, second).getImage().getImage()).isEqualTo("busybox:asked");
        assertThat(status(daemon, second).getImageId()).isEqualTo(id);
    }

    @Test
    void shouldKillNothingLaterForAStopThatWasCancelled() {
        var pod = run(daemon, pod(daemon, "stop"));
        var id =
                createAndStart(
                        daemon,
                        pod,
                        container("c", "sh", "-c", "trap '' TERM; while :; do sleep 1; done"));
        var stop = StopContainerRequest.newBuilder().setContainerId(id).setTimeout(2).build();

        assertThatExceptionOfType(StatusRuntimeException.class)
                .isThrownBy(() ->
                        daemon.runtime()
                                .withDeadlineAfter(500, TimeUnit.MILLISECONDS)
                                .stopContainer(stop));

        // lives in the container for longer than the cancelled request would have waited
        assertThat(exec(daemon, id, "sleep", "3").getExitCode()).isZero();
        assertThat(status(daemon, id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
        daemon.runtime().stopContainer(stop);
        assertThat(status(daemon, id).getExitCode()).isEqualTo(137);
    }

    @Test
    void shouldNameTheMountWhoseSourceIsADanglingLink() throws Exception {
        var link = directory.resolve("link");
        Files.createSymbolicLink(link, Path.of("/no/such/place"));
        var pod = run(daemon, pod(daemon, "dangling"));
        var id =
                Requests.create(
                        daemon,
                        pod,
                        container("c", "sleep", "600")
                                .addMounts(
                                        Mount.newBuilder()
                                                .setHostPath(link + "/below")
                                                .setContainerPath("/target")));

        assertThatExceptionOfType(StatusRuntimeException.class)
                .isThrownBy(() -> Requests.start(daemon, id))
                .withMessageContaining("mount /target: host_path " + link + "/below")
                .withMessageContaining(
                        link + " is a symbolic link to /no/such/place, which does not exist");
    }
}
