package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static io.demitasse.conformance.daemon.Requests.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.Mount;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers with more mounts than the kernel takes descriptors with one message. */
@Timeout(300)
class ManyMountsTest {
    private static final int AT_ONCE = 6;

    @TempDir static Path directory;

    private static RunningDaemon daemon;
    private static Path volume;

    private long daemonHeld;
    private long spawnerHeld;

    @BeforeAll
    static void startDaemon() throws Exception {
        volume = Files.createDirectory(directory.resolve("volume"));
        Files.createFile(volume.resolve("here"));
        daemon = RunningDaemon.start(directory);
        // what the first of anything opens for good is open before it is counted
        createAndStart(daemon, run(daemon, pod(daemon, "first")), withMounts("first", 1));
        daemon.removeAllPods();
    }

    @AfterAll
    static void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    @BeforeEach
    void count() throws IOException {
        daemonHeld = descriptors(daemon.pid());
        spawnerHeld = descriptors(spawner());
    }

    @AfterEach
    void holdsNoMoreDescriptors() {
        daemon.removeAllPods();
        Eventually.equal(daemonHeld, () -> descriptors(daemon.pid()));
        Eventually.equal(spawnerHeld, () -> descriptors(spawner()));
    }

    @ParameterizedTest
    @ValueSource(ints = {239, 240, 251, 252, 504, 1_000, 4_096})
    void shouldStartAContainerWithAsManyMountsAsItWants(int mounts) throws Exception {
        var id =
                createAndStart(
                        daemon, run(daemon, pod(daemon, "p" + mounts)), withMounts("c", mounts));

        assertThat(counted(id)).isEqualTo(mounts);
        var last = exec(daemon, id, "ls", "/m/" + (mounts - 1));
        assertThat(last.getStdout().toStringUtf8()).isEqualTo("here\n");
    }

    @Test
    void shouldKeepTheDescriptorsOfManyStartsApart() throws Exception {
        var pod = run(daemon, pod(daemon, "many"));
        var started = new ArrayList<Future<String>>();
        try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            for (int i = 0; i < 3 * AT_ONCE; i++) {
                var id = Requests.create(daemon, pod, withMounts("c" + i, mountsOf(i)));
                started.add(
                        threads.submit(() -> {
                            start(daemon, id);
                            return id;
                        }));
            }
        }

        for (int i = 0; i < started.size(); i++) {
            assertThat(counted(started.get(i).get())).isEqualTo(mountsOf(i));
        }
    }

    @Test
    void shouldRefuseMoreMountsWhenTheContainerIsCreated() throws Exception {
        var pod = run(daemon, pod(daemon, "more"));

        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class,
                        () -> Requests.create(daemon, pod, withMounts("c", 4_097)));

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused.getStatus().getDescription()).contains("4097 mounts", "at most 4096");
    }

    @Test
    void shouldHoldNothingOfAStartThatFailsAtItsLastMount() throws Exception {
        var config = withMounts("c", 1_000);
        config.addMounts(mount("/bin/busybox/below/a/file"));
        var id = Requests.create(daemon, run(daemon, pod(daemon, "fails")), config);

        var refused = catchThrowableOfType(StatusRuntimeException.class, () -> start(daemon, id));

        assertThat(refused.getStatus().getDescription())
                .contains("/bin/busybox/below/a/file", "ENOTDIR");
    }

    private static int mountsOf(int container) {
        return container % 2 == 0 ? container : 300 + 100 * (container % 5);
    }

    private static ContainerConfig.Builder withMounts(String name, int mounts) {
        var config = container(name, "sleep", "600");
        for (int i = 0; i < mounts; i++) {
            config.addMounts(mount("/m/" + i));
        }
        return config;
    }

    private static Mount mount(String target) {
        return Mount.newBuilder()
                .setHostPath(volume.toString())
                .setContainerPath(target)
                .setReadonly(true)
                .build();
    }

    private static int counted(String container) {
        var counted = exec(daemon, container, "grep", "-c", " /m/", "/proc/self/mountinfo");
        return Integer.parseInt(counted.getStdout().toStringUtf8().strip());
    }

    private static long descriptors(long pid) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return open.count();
        }
    }

    private static long spawner() throws IOException {
        return ProcessHandle.of(daemon.pid())
                .orElseThrow()
                .children()
                .map(ProcessHandle::pid)
                .findFirst()
                .orElseThrow();
    }
}
