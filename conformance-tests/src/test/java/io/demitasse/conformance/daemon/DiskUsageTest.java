package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.demitasse.cri.v1.ContainerStatsRequest;
import io.demitasse.cri.v1.FilesystemUsage;
import io.demitasse.cri.v1.ImageFsInfoRequest;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.ImageStatusRequest;
import io.demitasse.cri.v1.RemoveImageRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What images and containers take, compared with what du(1) counts. */
@Timeout(300)
class DiskUsageTest {
    @TempDir Path directory;

    private RunningDaemon daemon;

    @BeforeEach
    void startDaemon() throws Exception {
        daemon = RunningDaemon.start(directory);
    }

    @AfterEach
    void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    /** Bytes and inodes of everything below some directories, without the directories. */
    private static List<Long> du(Path... directories) throws Exception {
        long bytes = 0;
        long inodes = 0;
        for (var each : directories) {
            try (var found = Files.list(each)) {
                for (var file : found.toList()) {
                    bytes += counted(file, "--block-size=1");
                    inodes += counted(file, "--inodes");
                }
            }
        }
        return List.of(bytes, inodes);
    }

    private static long counted(Path file, String what) throws Exception {
        var output = RunningDaemon.run(List.of("du", "-s", what, file.toString()));
        return Long.parseLong(output.split("\\s", 2)[0]);
    }

    private static List<Long> figures(FilesystemUsage usage) {
        assertThat(usage.getTimestamp()).isPositive();
        return List.of(usage.getUsedBytes().getValue(), usage.getInodesUsed().getValue());
    }

    private FilesystemUsage images() {
        return daemon.images()
                .imageFsInfo(ImageFsInfoRequest.getDefaultInstance())
                .getImageFilesystems(0);
    }

    private FilesystemUsage containers() {
        return daemon.images()
                .imageFsInfo(ImageFsInfoRequest.getDefaultInstance())
                .getContainerFilesystems(0);
    }

    private List<Long> imagesOnDisk() throws Exception {
        var root = daemon.root();
        var quarantine = du(root.resolve("images/quarantine"));
        assertThat(quarantine).containsExactly(0L, 0L);
        var all =
                du(root.resolve("layers"), root.resolve("content/sha256"), root.resolve("images"));
        var empty = root.resolve("images/quarantine");
        return List.of(all.get(0) - counted(empty, "--block-size=1"), all.get(1) - 1);
    }

    @Test
    void shouldBeWhatDuCountsForImages() throws Exception {
        assertThat(figures(images())).isEqualTo(imagesOnDisk());

        daemon.kill();
        daemon.restart();
        assertThat(figures(images())).isEqualTo(imagesOnDisk());

        var spec = ImageSpec.newBuilder().setImage(RunningDaemon.IMAGE);
        daemon.images().removeImage(RemoveImageRequest.newBuilder().setImage(spec).build());
        assertThat(figures(images())).containsExactly(0L, 0L);
    }

    @Test
    void shouldBeWhatDuCountsForContainersAndAgreeWithStats() throws Exception {
        assertThat(figures(containers())).containsExactly(0L, 0L);
        var pod = run(daemon, pod(daemon, "p"));
        var one = createAndStart(daemon, pod, container("one", "sleep", "1000"));
        var two = createAndStart(daemon, pod, container("two", "sleep", "1000"));
        var write = "mkdir d; for i in 1 2 3; do echo $i > d/$i; done; ln d/1 d/again; sync";
        exec(daemon, one, "sh", "-c", write);
        exec(daemon, two, "sh", "-c", "dd if=/dev/zero of=/big bs=1024 count=100; sync");

        var total = figures(containers());

        var first = List.of(counted(upper(one), "--block-size=1"), counted(upper(one), "--inodes"));
        var second =
                List.of(counted(upper(two), "--block-size=1"), counted(upper(two), "--inodes"));
        assertThat(total)
                .containsExactly(first.get(0) + second.get(0), first.get(1) + second.get(1));
        assertThat(written(one)).isEqualTo(first);
        assertThat(written(two)).isEqualTo(second);

        daemon.removeAllPods();
        assertThat(figures(containers())).containsExactly(0L, 0L);
    }

    private Path upper(String container) {
        return daemon.root().resolve("snapshots").resolve(container).resolve("upper");
    }

    private List<Long> written(String container) {
        var stats =
                daemon.runtime()
                        .containerStats(
                                ContainerStatsRequest.newBuilder()
                                        .setContainerId(container)
                                        .build());
        return figures(stats.getStats().getWritableLayer());
    }

    @Test
    void shouldDescribeImageAsContainerdDoes() {
        var spec = ImageSpec.newBuilder().setImage(RunningDaemon.IMAGE);
        var status =
                daemon.images()
                        .imageStatus(
                                ImageStatusRequest.newBuilder()
                                        .setImage(spec)
                                        .setVerbose(true)
                                        .build());

        var info = JsonParser.parseString(status.getInfoOrThrow("info")).getAsJsonObject();
        var config = info.getAsJsonObject("imageSpec");
        assertThat(config.getAsJsonObject("config").getAsJsonArray("Cmd")).isNotEmpty();
        assertThat(info.get("chainID").getAsString())
                .isEqualTo(
                        config.getAsJsonObject("rootfs")
                                .getAsJsonArray("diff_ids")
                                .get(0)
                                .getAsString());
        assertThat(status.getImage().getUid().getValue()).isZero();
    }
}
