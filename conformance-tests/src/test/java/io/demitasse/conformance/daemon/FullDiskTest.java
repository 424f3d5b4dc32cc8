package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.demitasse.cri.v1.ContainerState;
import io.demitasse.cri.v1.LinuxSandboxSecurityContext;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.NamespaceOption;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The disk of the records is full, at each of the steps that write to it. */
@Timeout(180)
class FullDiskTest {
    private static final int PAGE = 4096;

    /** More pages than the records of one pod or container take. */
    private static final int STEPS = 12;

    @TempDir Path directory;
    private RunningDaemon daemon;
    private Path filler;

    @BeforeEach
    void startOnSmallDisk() throws Exception {
        var root = Files.createDirectory(directory.resolve("root"));
        RunningDaemon.run(
                List.of("mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", root.toString()));
        daemon = RunningDaemon.start(directory);
        filler = root.resolve("filler");
    }

    @AfterEach
    void stop() throws Exception {
        Files.deleteIfExists(filler);
        daemon.close();
        RunningDaemon.run(List.of("umount", "--lazy", daemon.root().toString()));
    }

    @Test
    void shouldLeaveNothingOfAPodWhoseRecordCannotBeWritten() throws Exception {
        var before = Footprint.of(daemon);
        int refused = 0;
        for (int free = 0; free < STEPS; free++) {
            fillUpTo(free);
            var config = sharingPids("full-" + free);
            try {
                run(daemon, config);
            } catch (StatusRuntimeException full) {
                assertThat(full).hasMessageContaining("No space left on device");
                Eventually.equal(before, () -> Footprint.of(daemon));
                refused++;
                Files.delete(filler);
                // what was refused is asked for again once there is room
                run(daemon, config);
            }
            Files.deleteIfExists(filler);
            daemon.removeAllPods();
        }
        assertThat(refused).isBetween(2, STEPS - 1);
        Eventually.equal(before, () -> Footprint.of(daemon));
    }

    @Test
    void shouldLeaveNothingOfAContainerWhoseRecordCannotBeWritten() throws Exception {
        var pod = run(daemon, pod(daemon, "full"));
        var before = Footprint.of(daemon);
        fillUpTo(0);

        assertThatThrownBy(() -> Requests.create(daemon, pod, container("c", "true")))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("No space left on device");

        Eventually.equal(before, () -> Footprint.of(daemon));
        Files.delete(filler);
        Requests.create(daemon, pod, container("c", "true"));
    }

    @Test
    void shouldStopAndRemoveAPodWhereNoFileCanBeMade() throws Exception {
        var before = Footprint.of(daemon);
        var pod = run(daemon, pod(daemon, "evicted"));
        var id = Requests.createAndStart(daemon, pod, container("c", "sleep", "600"));
        fillUpTo(0);
        limitFiles();

        daemon.runtime()
                .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());

        assertThat(Requests.status(daemon, id).getState())
                .isEqualTo(ContainerState.CONTAINER_EXITED);
        daemon.removeAllPods();
        Eventually.equal(before, () -> Footprint.of(daemon));
    }

    /** Leaves no inode free. */
    private void limitFiles() throws Exception {
        var root = daemon.root().toString();
        var counts =
                RunningDaemon.run(List.of("stat", "-f", "-c", "%c %d", root)).strip().split(" ", 2);
        long used = Long.parseLong(counts[0]) - Long.parseLong(counts[1]);
        RunningDaemon.run(List.of("mount", "-o", "remount,nr_inodes=" + used, root));
        assertThatThrownBy(() -> Files.createFile(daemon.root().resolve("one-more")))
                .hasMessageContaining("No space left on device");
    }

    private PodSandboxConfig.Builder sharingPids(String name) {
        var pod = pod(daemon, name);
        pod.getLinuxBuilder()
                .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder()
                                .setNamespaceOptions(
                                        NamespaceOption.newBuilder().setPid(NamespaceMode.POD)));
        return pod;
    }

    /** Leaves so many pages free. */
    private void fillUpTo(int pages) throws IOException {
        try (var file = new RandomAccessFile(filler.toFile(), "rw")) {
            long written = 0;
            while (append(file)) {
                written += PAGE;
            }
            file.setLength(written - (long) pages * PAGE);
        }
    }

    private static boolean append(RandomAccessFile file) {
        try {
            file.write(new byte[PAGE]);
            return true;
        } catch (IOException full) {
            return false;
        }
    }
}
