package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.ExecSyncRequest;
import io.demitasse.cri.v1.KeyValue;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.NamespaceOption;
import io.demitasse.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever {@code /proc/PID} leads to, for each kind of process that a container can see, is a file
 * of the container, or one that nobody can change.
 */
@Timeout(120)
class ReachableFilesTest {
    private static final Path NULL = Path.of("/dev/null");

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
    void shouldLeadToNoFileOfTheNode() throws Exception {
        var pod = run(daemon, sharingPids(pod(daemon, "reach")));
        var sleep = new String[] {"sleep", "600"};
        var piped = createAndStart(daemon, pod, sharingPids(container("piped", sleep)));
        var terminal =
                createAndStart(daemon, pod, sharingPids(container("tty", sleep)).setTty(true));
        var held =
                createAndStart(daemon, pod, sharingPids(container("held", sleep)).setStdin(true));
        var control =
                container("control", "sh", "-c", "exec sleep 600 </n")
                        .addMounts(
                                Mount.newBuilder()
                                        .setHostPath(NULL.toString())
                                        .setContainerPath("/n"));
        var leaking = createAndStart(daemon, pod, sharingPids(control));
        long first = processes(pod, piped).getFirst();
        var command =
                CompletableFuture.runAsync(() -> {
                    try {
                        execFor(piped, 3);
                    } catch (RuntimeException late) {
                        // it is there as long as it is looked at
                    }
                });
        Eventually.equal(2, () -> processes(pod, piped).size());
        long second = processes(pod, piped).getLast();
        Eventually.equal(true, () -> executable(second).contains("busybox"));

        assertThat(ofTheNode(processes(pod, leaking).getFirst()))
                .as("what a container holds that was given the node's file")
                .containsKey("fd/0");
        assertThat(ofTheNode(first)).as("start").isEmpty();
        assertThat(ofTheNode(second)).as("exec").isEmpty();
        assertThat(ofTheNode(processes(pod, terminal).getFirst())).as("tty").isEmpty();
        assertThat(ofTheNode(processes(pod, held).getFirst())).as("stdin").isEmpty();
        assertThat(ofTheNode(processes(pod, pod).getFirst())).as("pause").isEmpty();
        command.join();
    }

    @Test
    void shouldNotChangeTheNodesNullDeviceThroughItsInput() throws Exception {
        var pod = run(daemon, pod(daemon, "null"));
        var attack = "touch -d @1000 /proc/self/fd/0 && stat -L -c %Y /proc/self/fd/0";
        var before = Files.getLastModifiedTime(NULL);
        try {
            var id =
                    createAndStart(daemon, pod, container("c", "sh", "-c", attack + "; sleep 600"));

            // the attack succeeds, on a file of the container's own
            assertThat(exec(daemon, id, "sh", "-c", attack).getStdout().toStringUtf8())
                    .isEqualTo("1000\n");
            Eventually.equal(true, () -> log("null/c.log").contains("stdout F 1000"));
            assertThat(Files.getLastModifiedTime(NULL)).isGreaterThanOrEqualTo(before);
        } finally {
            if (Files.getLastModifiedTime(NULL).compareTo(before) < 0) {
                Files.setLastModifiedTime(NULL, FileTime.from(before.toInstant()));
            }
        }
    }

    @Test
    void shouldGiveACommandANullDeviceWhateverTheContainerHasInItsPlace() {
        var pod = run(daemon, pod(daemon, "replaced"));
        var id = createAndStart(daemon, pod, container("c", "sleep", "600"));
        var look = "stat -L -c %t:%T /proc/self/fd/0; cat; echo end";
        for (var replacement :
                List.of(
                        "true",
                        "rm /dev/null",
                        "mkfifo /dev/null",
                        "rm /dev/null; mknod /dev/null c 1 7",
                        "rm /dev/null; ln -s /proc/1/fd/1 /dev/null",
                        "rm /dev/null; echo secret > /dev/null")) {
            assertThat(exec(daemon, id, "sh", "-c", replacement).getExitCode()).isZero();

            assertThat(exec(daemon, id, "sh", "-c", look).getStdout().toStringUtf8())
                    .as(replacement)
                    .isEqualTo("1:3\nend\n");
        }
    }

    @Test
    void shouldNotLetAContainerChangeTheProgramThatPodsPauseWith() throws Exception {
        var volume = Files.createDirectory(directory.resolve("links"));
        Files.createSymbolicLink(volume.resolve("demitasse-pause"), Path.of("/proc/self/exe"));
        var pod = run(daemon, pod(daemon, "self"));
        var config =
                container("c", "demitasse-pause")
                        .addEnvs(
                                KeyValue.newBuilder()
                                        .setKey("PATH")
                                        .setValue(ByteString.copyFromUtf8("/x")))
                        .addMounts(
                                Mount.newBuilder()
                                        .setHostPath(volume.toString())
                                        .setContainerPath("/x"));
        var id = createAndStart(daemon, pod, config);
        assertThat(executable(processes(pod, id).getFirst()))
                .as("the container runs the program of its shim")
                .contains("demitasse-shim");

        for (var attack :
                List.of(
                        "chmod 0 /proc/1/exe",
                        "chown 1 /proc/1/exe",
                        "touch -d @1000 /proc/1/exe",
                        "exec 3</proc/1/exe; chmod 0 /proc/self/fd/3",
                        "exec 3<>/proc/1/exe")) {
            var answer = exec(daemon, id, "/bin/sh", "-c", "PATH=/bin; " + attack);
            assertThat(answer.getExitCode()).as(attack).isNotZero();
            assertThat(answer.getStderr().toStringUtf8())
                    .as(attack)
                    .containsAnyOf("Read-only file system", "Text file busy");
        }

        var own = "cp /bin/busybox /b; chmod 0 /b && chown 1 /b && touch -d @1000 /b";
        assertThat(exec(daemon, id, "/bin/sh", "-c", "PATH=/bin; " + own).getExitCode()).isZero();
        var shared = run(daemon, sharingPids(pod(daemon, "still")));
        createAndStart(daemon, shared, sharingPids(container("c", "sleep", "600")));
    }

    private static void execFor(String container, int seconds) {
        daemon.runtime()
                .execSync(
                        ExecSyncRequest.newBuilder()
                                .setContainerId(container)
                                .addAllCmd(List.of("sleep", "600"))
                                .setTimeout(seconds)
                                .build());
    }

    /** {@return which of the links of a process lead to a mount of the node's table} */
    private static Map<String, String> ofTheNode(long pid) throws IOException {
        var node = nodesFilesystems();
        var found = new HashMap<String, String>();
        for (var link : links(Path.of("/proc", Long.toString(pid)))) {
            try {
                long device = (long) Files.getAttribute(link, "unix:dev");
                if (node.contains(number(device))) {
                    found.put(link.subpath(2, link.getNameCount()).toString(), number(device));
                }
            } catch (NoSuchFileException deleted) {
                // a mapping that was there a moment ago
            }
        }
        return found;
    }

    private static List<Path> links(Path process) throws IOException {
        var links = new java.util.ArrayList<Path>();
        for (var name : List.of("exe", "cwd", "root")) {
            links.add(process.resolve(name));
        }
        for (var name : List.of("fd", "map_files")) {
            try (var entries = Files.list(process.resolve(name))) {
                entries.forEach(links::add);
            }
        }
        return links;
    }

    private static Set<String> nodesFilesystems() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return lines.map(line -> line.split(" ", -1)[2]).collect(Collectors.toSet());
        }
    }

    /** As makedev(3) packs it. */
    private static String number(long device) {
        return ((device >> 8) & 0xfff) + ":" + ((device & 0xff) | ((device >> 12) & 0xfff00));
    }

    private static List<Long> processes(String pod, String container) throws IOException {
        var group = daemon.cgroup().resolve("demitasse").resolve(pod).resolve(container);
        return Files.readAllLines(group.resolve("cgroup.procs")).stream()
                .map(Long::valueOf)
                .sorted()
                .toList();
    }

    private static String executable(long pid) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "exe")).toString();
    }

    private static String log(String name) throws IOException {
        return Files.readString(daemon.logs().resolve(name));
    }

    private static PodSandboxConfig.Builder sharingPids(PodSandboxConfig.Builder pod) {
        pod.getLinuxBuilder().getSecurityContextBuilder().setNamespaceOptions(podPids());
        return pod;
    }

    private static ContainerConfig.Builder sharingPids(ContainerConfig.Builder container) {
        container.getLinuxBuilder().getSecurityContextBuilder().setNamespaceOptions(podPids());
        return container;
    }

    private static NamespaceOption podPids() {
        return NamespaceOption.newBuilder().setPid(NamespaceMode.POD).build();
    }
}
