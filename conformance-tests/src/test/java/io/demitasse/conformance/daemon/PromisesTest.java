package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.cri.v1.ListPodSandboxRequest;
import io.demitasse.cri.v1.StatusRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Promises of SPECIFICATION.md that no other test holds. */
@Timeout(120)
class PromisesTest {
    private static final int SHIM_BYTES = 64 << 10;
    private static final int MOUNTS_PER_POD = 4;

    @TempDir Path directory;

    @Test
    void shouldAddThePinsOfAPodToTheMountTableAndNothingPerContainer() throws Exception {
        var daemon = RunningDaemon.start(directory);
        var before = Footprint.of(daemon).mounts();

        var pod = run(daemon, pod(daemon, "mounts"));
        var withPod = Footprint.of(daemon).mounts();
        for (int i = 0; i < 3; i++) {
            createAndStart(daemon, pod, container("c" + i, "sleep", "600"));
        }
        var withContainers = Footprint.of(daemon).mounts();

        var pins = new TreeSet<>(withPod);
        pins.removeAll(before);
        assertThat(pins)
                .isNotEmpty()
                .hasSizeLessThanOrEqualTo(MOUNTS_PER_POD)
                .allMatch(pin -> pin.contains(pod));
        assertThat(withContainers).isEqualTo(withPod);
        daemon.close();
    }

    @Test
    void shouldRunSideBySideWithoutKnowingOfEachOther() throws Exception {
        var one = RunningDaemon.start(Files.createDirectory(directory.resolve("one")));
        var two = RunningDaemon.start(Files.createDirectory(directory.resolve("two")));

        // the same names in both, and traffic of the one is none of the other's
        var first = createAndStart(one, run(one, pod(one, "same")), container("c", "sleep", "9"));
        var second = createAndStart(two, run(two, pod(two, "same")), container("c", "sleep", "9"));

        assertThat(exec(one, first, "true").getExitCode()).isZero();
        assertThat(exec(two, second, "true").getExitCode()).isZero();
        one.close();
        assertThat(exec(two, second, "true").getExitCode()).isZero();
        assertThat(
                        two.runtime()
                                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                                .getItemsCount())
                .isEqualTo(1);
        two.close();
    }

    @Test
    void shouldMakePodsAheadAndLeaveNoneOfThemBehind() throws Exception {
        var daemon = RunningDaemon.start(directory, 2);
        var sandboxes = daemon.state().resolve("sandboxes");
        Eventually.equal(2, () -> entries(sandboxes));

        var first =
                createAndStart(
                        daemon, run(daemon, pod(daemon, "a")), container("c", "sleep", "99"));
        var second =
                createAndStart(
                        daemon, run(daemon, pod(daemon, "b")), container("c", "sleep", "99"));

        assertThat(exec(daemon, first, "hostname").getStdout().toStringUtf8()).isEqualTo("a\n");
        assertThat(exec(daemon, second, "hostname").getStdout().toStringUtf8()).isEqualTo("b\n");
        Eventually.equal(4, () -> entries(sandboxes));
        daemon.kill();
        daemon.restart();
        Eventually.equal(4, () -> entries(sandboxes));
        Eventually.equal(4, () -> Footprint.of(daemon).links().size());
        daemon.removeAllPods();
        assertThat(daemon.terminate()).isZero();
        assertThat(entries(sandboxes)).isZero();
        daemon.restart();
        daemon.close();
    }

    private static int entries(Path directory) throws Exception {
        try (var entries = Files.list(directory)) {
            return (int) entries.count();
        }
    }

    @Test
    void shouldSayInStatusWhatTheNodeLacks() throws Exception {
        var daemon = RunningDaemon.start(directory);

        var status = daemon.runtime().status(StatusRequest.newBuilder().setVerbose(true).build());

        var ready = status.getStatus().getConditions(0);
        assertThat(ready.getType()).isEqualTo("RuntimeReady");
        assertThat(ready.getStatus()).isTrue();
        var controllers = Files.readString(Path.of("/sys/fs/cgroup/cgroup.controllers"));
        assertThat(ready.getMessage().contains("cgroup controller memory is missing"))
                .isEqualTo(!controllers.contains("memory"));
        assertThat(status.getInfoOrThrow("config")).contains(daemon.root().toString());
        daemon.close();
    }

    @Test
    void shouldHaveAShimUnder64Kilobytes() throws Exception {
        assertThat(Files.size(Path.of("../daemon/target/dist/libexec/demitasse-shim")))
                .isLessThan(SHIM_BYTES);
    }
}
