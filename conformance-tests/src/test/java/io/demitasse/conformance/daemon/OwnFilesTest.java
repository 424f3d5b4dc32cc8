package io.demitasse.conformance.daemon;

import static io.demitasse.conformance.daemon.Requests.container;
import static io.demitasse.conformance.daemon.Requests.createAndStart;
import static io.demitasse.conformance.daemon.Requests.exec;
import static io.demitasse.conformance.daemon.Requests.pod;
import static io.demitasse.conformance.daemon.Requests.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.cri.v1.IDMapping;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.Int64Value;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.PortMapping;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.RemoveImageRequest;
import io.demitasse.cri.v1.StopPodSandboxRequest;
import io.demitasse.cri.v1.UserNamespace;
import io.demitasse.linux.process.Umask;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who can get at what a daemon keeps: directories that have been used in every way there is.
 *
 * <p>The daemon is started with umask 0, so that no mode is owed to what it inherited.
 */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OwnFilesTest {
    private static final int NOBODY = 65534;
    private static final int GROUP = 4242;
    private static final long HELD_BYTES = 300_000;

    @TempDir static Path directory;

    private static RunningDaemon daemon;
    private static Reach reach;
    private static String victim = "";
    private static String victimPod = "";

    @BeforeAll
    static void useADaemon() throws Exception {
        // Temporary directories are 0700, which would keep everybody out of all that is tested.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        reach = Reach.build(directory);
        int before = Umask.set(0);
        try {
            daemon =
                    RunningDaemon.start(
                            Files.createDirectory(directory.resolve("daemon")),
                            1,
                            """
                            listen_group = "%d"
                            [registry]
                            keep_compressed_layers = true
                            """
                                    .formatted(GROUP));
            use();
        } finally {
            Umask.set(before);
        }
    }

    @AfterAll
    static void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    private static void use() throws Exception {
        try (var registry = LocalRegistry.plain(Files.createDirectory(directory.resolve("r")))) {
            RunningDaemon.run(
                    List.of(
                            "skopeo",
                            "copy",
                            "--insecure-policy",
                            "--dest-tls-verify=false",
                            "oci:" + daemon.directory().resolve("busybox"),
                            "docker://" + registry.host() + "/busybox"));
            // so that its layer is fetched, which keeps it compressed
            var loaded = ImageSpec.newBuilder().setImage(RunningDaemon.IMAGE);
            var _ =
                    daemon.images()
                            .removeImage(RemoveImageRequest.newBuilder().setImage(loaded).build());
            pull(registry.host() + "/busybox");
            daemon.loadImage();
            registry.putArtifact("model", "v1", Map.of("weights", "x".repeat(1 << 20)));
            var broken = run(daemon, pod(daemon, "broken"));
            killWhilePulling(registry, "/model:v1");
            Files.writeString(
                    daemon.root().resolve("sandboxes").resolve(broken).resolve("record"), "torn");
            var image = daemon.root().resolve("images").resolve("0".repeat(64) + ".json");
            Files.writeString(image, "torn");
            Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rw-------"));
            daemon.restart();
        }
        usePods();
    }

    private static void killWhilePulling(LocalRegistry registry, String image) throws Exception {
        int port = URI.create("http://" + registry.host()).getPort();
        try (var proxy = new CuttingProxy(port, Long.MAX_VALUE, HELD_BYTES)) {
            var pull = new FutureTask<>(() -> pull("127.0.0.1:" + proxy.port() + image), null);
            Thread.ofPlatform().start(pull);
            proxy.awaitHeld();
            daemon.kill();
            assertThat(pull).failsWithin(Duration.ofMinutes(1));
        }
    }

    private static void usePods() throws Exception {
        victimPod =
                run(
                        daemon,
                        pod(daemon, "victim")
                                .addPortMappings(
                                        PortMapping.newBuilder()
                                                .setHostPort(18_231)
                                                .setContainerPort(80)));
        victim = createAndStart(daemon, victimPod, container("c", "sleep", "600"));
        exec(daemon, victim, "sh", "-c", "echo x > /dev/shm/file; echo x > /file; chmod 666 /file");
        var ended = createAndStart(daemon, victimPod, container("ended", "true"));
        Requests.awaitExit(daemon, ended);
        createAndStart(daemon, run(daemon, mapped()), container("c", "sleep", "600"));
        createAndStart(daemon, victimPod, container("v", "sleep", "600").addMounts(imageVolume()));
        var stopped = run(daemon, pod(daemon, "stopped"));
        daemon.runtime()
                .stopPodSandbox(
                        StopPodSandboxRequest.newBuilder().setPodSandboxId(stopped).build());
    }

    private static void pull(String image) {
        var spec = ImageSpec.newBuilder().setImage(image);
        var _ = daemon.images().pullImage(PullImageRequest.newBuilder().setImage(spec).build());
    }

    private static PodSandboxConfig.Builder mapped() {
        var ids = IDMapping.newBuilder().setHostId(200_000).setLength(65536).build();
        var pod = pod(daemon, "mapped");
        pod.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setUsernsOptions(
                        UserNamespace.newBuilder()
                                .setMode(NamespaceMode.POD)
                                .addUids(ids)
                                .addGids(ids));
        return pod;
    }

    private static Mount imageVolume() {
        return Mount.newBuilder()
                .setContainerPath("/image")
                .setReadonly(true)
                .setImage(ImageSpec.newBuilder().setImage(RunningDaemon.IMAGE))
                .build();
    }

    private static Mount hostPath(Path source, String target, boolean readonly) {
        return Mount.newBuilder()
                .setHostPath(source.toString())
                .setContainerPath(target)
                .setReadonly(readonly)
                .build();
    }

    private static List<Path> ours() throws Exception {
        return Reach.below(daemon.state(), daemon.root());
    }

    @Test
    @Order(1)
    void shouldHaveThePathsModesAndOwnersThatAreDocumented() throws Exception {
        var documented = DocumentedFiles.read();
        var state = Reach.below(daemon.state());
        var root = Reach.below(daemon.root());

        assertThat(documented.violations("STATE", daemon.state(), state)).isEmpty();
        assertThat(documented.violations("ROOT", daemon.root(), root)).isEmpty();
        // the table has nothing that was not looked at
        assertThat(documented.unused("STATE", daemon.state(), state))
                .containsExactly("STATE/demitasse.sock");
        assertThat(documented.unused("ROOT", daemon.root(), root)).isEmpty();
    }

    @Test
    @Order(2)
    void shouldGiveNothingToAnotherUserOfTheNode() throws Exception {
        assertThat(reach.as(NOBODY, NOBODY, ours())).isEmpty();
        assertThat(reach.as(NOBODY, NOBODY, List.of(daemon.socket()))).isEmpty();
        // what anybody could do to a file that is open to all would be noticed
        assertThat(
                        reach.asRoot(
                                List.of(
                                        daemon.state()
                                                .resolve("containers/" + victim + "/shim.sock"))))
                .singleElement()
                .asString()
                .startsWith("talk");
    }

    @Test
    @Order(2)
    void shouldServeTheGroupThatWasConfigured() throws Exception {
        assertThat(reach.as(NOBODY, GROUP, List.of(daemon.socket())))
                .containsExactly("connect " + daemon.socket());
        assertThat(reach.as(NOBODY, GROUP, ours())).isEmpty();
    }

    /** Each directory is also a volume of its own, where those above it protect nothing. */
    @Test
    @Order(2)
    void shouldGiveNothingToAUserOfAContainerThatHasThemAsVolumes() throws Exception {
        var own =
                List.of(
                        daemon.state(),
                        daemon.root(),
                        daemon.state().resolve("containers"),
                        daemon.state().resolve("containers").resolve(victim),
                        daemon.state().resolve("sandboxes").resolve(victimPod),
                        daemon.root().resolve("images"),
                        daemon.root().resolve("containers").resolve(victim));
        var config = container("attacker", "sleep", "600");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setRunAsUser(Int64Value.newBuilder().setValue(1000))
                .setNoNewPrivs(true);
        var paths = new ArrayList<Path>();
        for (var volume : own) {
            for (var readonly : List.of(true, false)) {
                var target = Path.of("/v" + paths.size());
                config.addMounts(hostPath(volume, target.toString(), readonly));
                Reach.below(volume)
                        .forEach(path -> paths.add(target.resolve(volume.relativize(path))));
            }
        }
        var list = Files.writeString(directory.resolve("paths"), Reach.lines(paths));
        config.addMounts(hostPath(list, "/paths", true));
        config.addMounts(hostPath(reach.program(), "/reach", true));
        var attacker = createAndStart(daemon, run(daemon, pod(daemon, "attacker")), config);

        var reached = exec(daemon, attacker, "sh", "-c", "/reach < /paths; echo tried");

        assertThat(reached.getStdout().toStringUtf8()).isEqualTo("tried\n");
    }

    @Test
    @Order(2)
    void shouldKeepFromNoUserOfAContainerWhatItIsToReach() throws Exception {
        var made = directory.resolve("made/volume");
        var config = container("user", "sleep", "600").addMounts(imageVolume());
        config.addMounts(hostPath(made, "/volume", false));
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setRunAsUser(Int64Value.newBuilder().setValue(1000));
        var user = createAndStart(daemon, run(daemon, pod(daemon, "user")), config);

        var reached =
                exec(
                        daemon,
                        user,
                        "sh",
                        "-ec",
                        """
                        ls / /image /volume /sys/fs/cgroup >/dev/null
                        cat /sys/fs/cgroup/cgroup.events /etc/hosts /etc/hostname /etc/resolv.conf >/dev/null
                        echo x >/dev/shm/mine
                        umask
                        """);

        assertThat(reached.getStderr().toStringUtf8()).isEmpty();
        assertThat(reached.getStdout().toStringUtf8()).isEqualTo("0022\n");
        for (var directory : List.of(made, made.getParent())) {
            assertThat(Files.getPosixFilePermissions(directory))
                    .isEqualTo(PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    /** The control of all these: with the old modes they see what is to be had. */
    @Test
    @Order(3)
    void shouldCloseWhatAnOlderReleaseLeftOpen() throws Exception {
        var socket = daemon.state().resolve("containers").resolve(victim).resolve("shim.sock");
        var shm = daemon.state().resolve("sandboxes").resolve(victimPod).resolve("shm");
        var images = daemon.root().resolve("images");
        daemon.kill();
        open(socket, "rwxrwxrwx");
        for (var inside : List.of(socket, shm, images.resolve("x"))) {
            for (int names = daemon.directory().getNameCount();
                    names < inside.getNameCount();
                    names++) {
                open(Path.of("/").resolve(inside.subpath(0, names)), "rwxr-xr-x");
            }
        }

        var reached = reach.as(NOBODY, NOBODY, ours());

        assertThat(reached)
                .contains("connect " + socket, "create " + shm, "list " + images)
                // by whom the shim is called it knows from the kernel
                .doesNotContain("talk " + socket);

        daemon.restart();

        assertThat(reach.as(NOBODY, NOBODY, ours())).isEmpty();
        assertThat(exec(daemon, victim, "true").getExitCode()).isZero();
    }

    private static void open(Path path, String permissions) throws Exception {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }
}
