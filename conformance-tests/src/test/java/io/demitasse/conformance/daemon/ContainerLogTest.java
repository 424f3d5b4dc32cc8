package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.demitasse.cri.v1.RemoveContainerRequest;
import io.demitasse.cri.v1.RemovePodSandboxRequest;
import io.demitasse.cri.v1.ReopenContainerLogRequest;
import io.demitasse.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logs at places where somebody else has put something: a container that collects logs may. */
@Timeout(120)
class ContainerLogTest {
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

    /** An answer must come long before a client gives up. */
    private static RuntimeServiceBlockingStub soon() {
        return daemon.runtime().withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    private static void put(String kind, Path place) throws Exception {
        switch (kind) {
            case "link" -> Files.createSymbolicLink(place, Files.writeString(victim(place), ""));
            case "link beside it" -> {
                Files.writeString(victim(place), "");
                Files.createSymbolicLink(place, victim(place).getFileName());
            }
            case "dangling link" -> Files.createSymbolicLink(place, victim(place));
            case "FIFO" -> RunningDaemon.run(List.of("mkfifo", place.toString()));
            case "device" ->
                    RunningDaemon.run(List.of("mknod", place.toString(), "c", "1", "7")); // full
            case "directory" -> Files.createDirectory(place);
            case "socket" ->
                    RunningDaemon.run(
                            List.of(
                                    "perl",
                                    "-MIO::Socket::UNIX",
                                    "-e",
                                    "IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1)",
                                    place.toString()));
            default -> throw new IllegalArgumentException(kind);
        }
        assertThat(Files.exists(place, java.nio.file.LinkOption.NOFOLLOW_LINKS)).isTrue();
    }

    private static Path victim(Path place) {
        return place.resolveSibling("victim");
    }

    private static Path logs(String pod) throws IOException {
        return Files.createDirectories(daemon.logs().resolve(pod));
    }

    private static String name(String prefix, String kind) {
        return prefix + "-" + kind.replace(' ', '-').toLowerCase(java.util.Locale.ROOT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "link",
                "link beside it",
                "dangling link",
                "FIFO",
                "device",
                "directory",
                "socket"
            })
    void shouldRefuseToStartWithALogThatIsNoFile(String kind) throws Exception {
        var name = name("start", kind);
        put(kind, logs(name).resolve("c.log"));
        var pod = run(daemon, pod(daemon, name));
        var id = Requests.create(daemon, pod, container("c", "echo", "written"));

        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class,
                        () ->
                                soon().startContainer(
                                                io.demitasse.cri.v1.StartContainerRequest
                                                        .newBuilder()
                                                        .setContainerId(id)
                                                        .build()));

        assertThat(refused).hasMessageContaining("c.log, which must be a regular file");
        assertThat(Requests.status(daemon, id).getReason()).isEqualTo("StartError");
        assertThat(victim(logs(name).resolve("c.log")))
                .satisfiesAnyOf(
                        victim -> assertThat(victim).doesNotExist(),
                        victim -> assertThat(victim).isEmptyFile());
        var _ =
                soon().removeContainer(
                                RemoveContainerRequest.newBuilder().setContainerId(id).build());
        var _ =
                soon().removePodSandbox(
                                RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"link", "link beside it", "FIFO", "device", "directory", "socket"})
    void shouldRefuseToReopenALogThatIsNoFileAndKeepTheOldOne(String kind) throws Exception {
        var name = name("reopen", kind);
        var pod = run(daemon, pod(daemon, name));
        var id =
                createAndStart(
                        daemon,
                        pod,
                        container(
                                "c", "sh", "-c", "until [ -e /go ]; do sleep 0.1; done; echo on"));
        var log = logs(name).resolve("c.log");
        var old = log.resolveSibling("old");
        Files.move(log, old);
        put(kind, log);

        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class,
                        () ->
                                soon().reopenContainerLog(
                                                ReopenContainerLogRequest.newBuilder()
                                                        .setContainerId(id)
                                                        .build()));

        assertThat(refused).hasMessageContaining("c.log, which must be a regular file");
        Requests.exec(daemon, id, "touch", "/go");
        Requests.awaitExit(daemon, id);
        assertThat(Files.readString(old)).contains(" F on");
        var _ =
                soon().removePodSandbox(
                                RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
    }

    @Test
    void shouldNotLeaveTheLogDirectoryThroughALink() throws Exception {
        var outside = Files.createDirectory(directory.resolve("outside"));
        Files.createSymbolicLink(logs("through").resolve("sub"), outside);
        var pod = run(daemon, pod(daemon, "through"));
        var id =
                Requests.create(
                        daemon, pod, container("c", "echo", "x").setLogPath("sub/new/c.log"));

        var refused =
                catchThrowableOfType(
                        StatusRuntimeException.class, () -> Requests.start(daemon, id));

        assertThat(refused).hasMessageContaining("ELOOP");
        assertThat(outside).isEmptyDirectory();
    }

    /** The kubelet rotates logs, starts containers again and makes directories of its own. */
    @Test
    void shouldAppendToAFileThatIsThereAndMakeWhatIsMissing() throws Exception {
        var link = Files.createSymbolicLink(directory.resolve("link"), logs("real"));
        var pod = run(daemon, pod(daemon, "appends").setLogDirectory(link.toString()));
        Files.writeString(logs("real").resolve("old.log"), "before\n");

        for (var path : List.of("old.log", "a/b/0.log")) {
            var config = container(path.replace('/', '-'), "echo", "written").setLogPath(path);
            Requests.awaitExit(daemon, createAndStart(daemon, pod, config));
        }

        assertThat(Files.readString(logs("real").resolve("old.log")))
                .startsWith("before\n")
                .endsWith(" stdout F written\n");
        var modes = Map.of("a", "rwxr-xr-x", "a/b", "rwxr-xr-x", "a/b/0.log", "rw-r-----");
        for (var mode : modes.entrySet()) {
            assertThat(Files.getPosixFilePermissions(logs("real").resolve(mode.getKey())))
                    .isEqualTo(PosixFilePermissions.fromString(mode.getValue()));
        }
    }

    /** A FIFO hangs whoever opens it without care: that is how we know that nobody did. */
    @Test
    void shouldNotOpenAFifoInAnImageArchive() throws Exception {
        var archive = Files.createDirectory(directory.resolve("archive"));
        RunningDaemon.run(List.of("mkfifo", archive.resolve("index.json").toString()));
        RunningDaemon.run(List.of("mkfifo", archive.resolve("manifest.json").toString()));
        var tar = directory.resolve("archive.tar");
        RunningDaemon.run(
                List.of("tar", "-C", archive.toString(), "-cf", tar.toString(), "manifest.json"));
        var fifo = archive.resolve("manifest.json");

        for (var source : List.of(archive, tar, fifo)) {
            assertThat(loading(source))
                    .as(source.toString())
                    .contains("no regular file but a FIFO");
        }
    }

    private static String loading(Path source) throws Exception {
        return RunningDaemon.run(
                List.of(
                        "timeout",
                        "20",
                        Path.of("../bin/demitasse").toString(),
                        "load",
                        "--listen",
                        "unix://" + daemon.socket(),
                        source.toString()));
    }
}
