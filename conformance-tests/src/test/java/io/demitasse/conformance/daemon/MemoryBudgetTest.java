package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.ContainerState;
import io.demitasse.cri.v1.ImageStatusRequest;
import io.demitasse.cri.v1.KeyValue;
import io.demitasse.cri.v1.ListContainersRequest;
import io.demitasse.cri.v1.ListImagesRequest;
import io.demitasse.cri.v1.ListPodSandboxRequest;
import io.demitasse.cri.v1.RemoveContainerRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** No number and no size of requests makes the daemon, or the next one, run out of memory. */
@Timeout(180)
class MemoryBudgetTest {
    /** More than any daemon of this test has room for. */
    private static final int TOO_MANY = 200;

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
    void neverRunsOutOfMemory() throws Exception {
        assertThat(Files.readString(directory.resolve("log"))).doesNotContain("OutOfMemoryError");
        daemon.removeAllPods();
    }

    private static ContainerConfig.Builder large(String name) {
        var config = container(name, "sleep", "600");
        for (int i = 0; i < 19; i++) {
            config.addEnvs(
                    KeyValue.newBuilder()
                            .setKey("E" + i)
                            .setValue(ByteString.copyFromUtf8("x".repeat(100_000))));
        }
        return config;
    }

    private static List<String> createUntilRefused(String pod, String prefix) {
        var made = new ArrayList<String>();
        for (int i = 0; i < TOO_MANY; i++) {
            var config = large(prefix + i);
            try {
                made.add(Requests.create(daemon, pod, config));
            } catch (StatusRuntimeException refused) {
                assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
                assertThat(refused).hasMessageContaining("remove some");
                return made;
            }
        }
        return made;
    }

    private static List<String> listed() {
        return daemon
                .runtime()
                .listContainers(ListContainersRequest.getDefaultInstance())
                .getContainersList()
                .stream()
                .map(io.demitasse.cri.v1.Container::getId)
                .sorted()
                .toList();
    }

    @Test
    void shouldServeOnWhenRecordsOfContainersFillTheirBudgetAndAfterKill() throws Exception {
        var pod = run(daemon, pod(daemon, "flood"));

        var made = createUntilRefused(pod, "c");

        assertThat(made).hasSizeBetween(5, TOO_MANY - 1);
        var expected = made.stream().sorted().toList();
        assertThat(listed()).isEqualTo(expected);
        Requests.start(daemon, made.getFirst());
        assertThat(exec(daemon, made.getFirst(), "sh", "-c", "echo ${#E18}").getStdout())
                .isEqualTo(ByteString.copyFromUtf8("100000\n"));

        daemon.kill();
        daemon.restart();

        assertThat(listed()).isEqualTo(expected);
        assertThat(Requests.status(daemon, made.getFirst()).getState())
                .isEqualTo(ContainerState.CONTAINER_RUNNING);
        assertThat(exec(daemon, made.getFirst(), "true").getExitCode()).isZero();
        Requests.stop(daemon, made.getFirst(), 0);
        assertThat(createUntilRefused(pod, "more")).isEmpty();
        daemon.runtime()
                .removeContainer(
                        RemoveContainerRequest.newBuilder()
                                .setContainerId(made.getFirst())
                                .build());
        assertThat(Requests.create(daemon, pod, large("again"))).isNotEmpty();
    }

    @Test
    void shouldServeOnWhenRecordsOfPodsFillTheirBudgetAndAfterKill() throws Exception {
        var made = new ArrayList<String>();
        StatusRuntimeException refused = null;
        for (int i = 0; i < TOO_MANY && refused == null; i++) {
            var config = pod(daemon, "p" + i).putAnnotations("large", "x".repeat(1 << 20));
            try {
                made.add(run(daemon, config));
            } catch (StatusRuntimeException failure) {
                refused = failure;
            }
        }
        assertThat(Status.fromThrowable(refused).getCode())
                .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(made).hasSizeGreaterThan(5);

        daemon.kill();
        daemon.restart();

        for (var id : made) {
            var request = ListPodSandboxRequest.newBuilder();
            request.getFilterBuilder().setId(id);
            assertThat(daemon.runtime().listPodSandbox(request.build()).getItemsCount()).isOne();
        }
    }

    /** Two bytes each on the wire, a hundred in memory. */
    @Test
    void shouldRefuseARequestOfSmallPartsWithoutNumber() {
        var pod = run(daemon, pod(daemon, "parts"));
        var config = container("c", "true");
        for (int i = 0; i < 3_000_000; i++) {
            config.addEnvs(KeyValue.getDefaultInstance());
        }

        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class, () -> Requests.create(daemon, pod, config));

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(refused).hasMessageContaining("CreateContainerRequest would take");
        assertThat(createAndStart(daemon, pod, container("c", "sleep", "600"))).isNotEmpty();
    }

    @Test
    void shouldServeOnWhileManyLargeRequestsComeAtOnce() throws Exception {
        var pod = run(daemon, pod(daemon, "many"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));
        try (var threads = Executors.newFixedThreadPool(32)) {
            var asked = new ArrayList<Future<Status.Code>>();
            for (int i = 0; i < 64; i++) {
                var config = pod(daemon, "big" + i).putAnnotations("large", "x".repeat(6 << 20));
                asked.add(
                        threads.submit(() -> {
                            try {
                                run(daemon, config);
                                return Status.Code.OK;
                            } catch (StatusRuntimeException refused) {
                                return refused.getStatus().getCode();
                            }
                        }));
            }
            for (var each : asked) {
                assertThat(each.get()).isIn(Status.Code.OK, Status.Code.RESOURCE_EXHAUSTED);
            }
        }
        assertThat(exec(daemon, id, "true").getExitCode()).isZero();
    }

    /** As a daemon left them that had a larger heap, or an older one that counted nothing. */
    @Test
    void shouldStartWithMoreRecordsThanItHasMemoryFor() throws Exception {
        daemon.kill();
        daemon.useJavaOptions("-Xmx512m");
        daemon.restart();
        var made = new ArrayList<String>();
        var pod = run(daemon, pod(daemon, "older"));
        for (int i = 0; i < 25; i++) {
            made.add(createAndStart(daemon, pod, large("c" + i)));
        }
        daemon.kill();
        daemon.useJavaOptions("");

        daemon.restart();

        assertThat(listed()).isEqualTo(made.stream().sorted().toList());
        assertThat(Files.readString(directory.resolve("log")))
                .contains("which is more than there is memory for");
        int reduced = 0;
        for (var id : made) {
            assertThat(Requests.status(daemon, id).getState())
                    .isEqualTo(ContainerState.CONTAINER_RUNNING);
            try {
                exec(daemon, id, "true");
            } catch (StatusRuntimeException refused) {
                assertThat(refused).hasMessageContaining("can be stopped and removed");
                Requests.stop(daemon, id, 0);
                reduced++;
            }
        }
        assertThat(reduced).isBetween(1, made.size() - 1);
        daemon.kill();
        daemon.useJavaOptions("-Xmx512m");
        daemon.restart();
        assertThat(listed()).hasSize(made.size());
        daemon.removeAllPods();
        daemon.kill();
        daemon.useJavaOptions("");
        daemon.restart();
    }

    /** Configs and user files as long as they may be, of more images than there is memory for. */
    @Test
    void shouldKeepNoConfigAndNoUsersOfAnImageInMemory() throws Exception {
        var labels = new StringBuilder("\"a\":\"\"");
        for (int i = 0; labels.length() < 3_500_000; i++) {
            labels.append(",\"label").append(i).append("\":\"\"");
        }
        var users = new StringBuilder("app:x:101:102::/home/app:/bin/sh\n");
        for (int i = 0; users.length() < 1_000_000; i++) {
            users.append("u").append(i).append(":x:").append(1000 + i).append(":1::/:\n");
        }
        var pod = run(daemon, pod(daemon, "images"));
        for (int i = 0; i < 12; i++) {
            var image =
                    CustomImage.of(daemon, "large" + i)
                            .file("etc/passwd", users.toString())
                            .config(
                                    "{\"Env\":[\"PATH=/bin\"],\"User\":\"app\",\"Labels\":{%s,\"n\":\"%d\"}}"
                                            .formatted(labels, i))
                            .load(daemon);
            var container = container("c" + i, "sleep", "600");
            container.getImageBuilder().setImage(image);
            assertThat(createAndStart(daemon, pod, container)).isNotEmpty();
        }

        daemon.kill();
        daemon.restart();

        var images = daemon.images().listImages(ListImagesRequest.getDefaultInstance());
        assertThat(images.getImagesList()).hasSizeGreaterThanOrEqualTo(13);
        for (var id : listed()) {
            assertThat(exec(daemon, id, "id", "-u").getStdout().toStringUtf8()).isEqualTo("101\n");
        }
        var container = container("after", "sleep", "600");
        container.getImageBuilder().setImage("localhost/large3:1");
        assertThat(createAndStart(daemon, pod, container)).isNotEmpty();
        var verbose =
                daemon.images()
                        .imageStatus(
                                ImageStatusRequest.newBuilder()
                                        .setImage(container.getImage())
                                        .setVerbose(true)
                                        .build());
        assertThat(verbose.getInfoOrThrow("info")).contains("\"label9\"").contains("chainID");
    }

    @Test
    void shouldRefuseWhatExecveWouldNotTake() {
        var pod = run(daemon, pod(daemon, "execve"));
        var longest = "x".repeat((32 << 12) - "E=".length() - 1);
        var fits = container("fits", "sleep", "600");
        fits.addEnvsBuilder().setKey("E").setValue(ByteString.copyFromUtf8(longest));
        var string = container("string", "sleep", "600");
        string.addEnvsBuilder().setKey("E").setValue(ByteString.copyFromUtf8(longest + "x"));
        var total = container("total", "sleep", "600");
        for (int i = 0; i < 70; i++) {
            total.addEnvsBuilder()
                    .setKey("E" + i)
                    .setValue(ByteString.copyFromUtf8("x".repeat(100_000)));
        }

        var id = createAndStart(daemon, pod, fits);

        assertThat(exec(daemon, id, "sh", "-c", "echo ${#E}").getStdout().toStringUtf8())
                .isEqualTo(longest.length() + "\n");
        for (var config : List.of(string, total)) {
            var refused =
                    catchThrowableOfType(
                            StatusRuntimeException.class,
                            () -> Requests.create(daemon, pod, config));
            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(refused).hasMessageContaining("execve(2) takes at most");
        }
        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> exec(daemon, id, "echo", "x".repeat(32 << 12)));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
}
