package io.demitasse.conformance.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.PullImageRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A pull from a real registry, by a line that breaks, and by a daemon that is killed meanwhile. */
@Timeout(300)
class ResumedPullTest {
    private static final int FILE_BYTES = 24 << 20;
    private static final int CUTS = 20;
    private static final int REQUEST_SECONDS = 240;

    @TempDir Path directory;
    private RunningDaemon daemon;
    private Process registry;
    private byte[] content;
    private long layerBytes;
    private int port;

    @BeforeEach
    void start() throws Exception {
        for (var program : List.of("docker-registry", "skopeo")) {
            assumeTrue(
                    Files.isExecutable(Path.of("/usr/bin").resolve(program)),
                    "needs " + program + ": run ./test");
        }
        content = new byte[FILE_BYTES];
        new Random(1).nextBytes(content);
        startRegistry();
        push();
        daemon = RunningDaemon.start(Files.createDirectory(directory.resolve("daemon")));
    }

    @AfterEach
    void stop() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
        if (registry != null) {
            registry.destroy();
            registry.waitFor();
        }
    }

    private void startRegistry() throws Exception {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        var configuration =
                """
                version: 0.1
                storage: { filesystem: { rootdirectory: %s } }
                http: { addr: "127.0.0.1:%d" }
                """
                        .formatted(directory.resolve("registry"), port);
        var file = Files.writeString(directory.resolve("registry.yml"), configuration);
        registry =
                new ProcessBuilder("docker-registry", "serve", file.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("registry.log").toFile())
                        .start();
        while (!isReachable()) {
            assertThat(registry.isAlive()).as("docker-registry runs").isTrue();
        }
    }

    private boolean isReachable() {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    /** One layer with one file of noise, as tar, gzip and skopeo make it. */
    private void push() throws Exception {
        var layout = Files.createDirectories(directory.resolve("layout"));
        var blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
        Files.write(directory.resolve("noise"), content);
        var tar = directory.resolve("layer.tar");
        run("tar", "-C", directory.toString(), "-cf", tar.toString(), "noise");
        var diffId = digest(Files.readAllBytes(tar));
        run("gzip", "-1", "-n", tar.toString());
        var layer = Files.readAllBytes(directory.resolve("layer.tar.gz"));
        layerBytes = layer.length;
        var config =
                "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}"
                        .formatted(diffId);
        var manifest =
                "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
                        .formatted(
                                blob(blobs, config.getBytes(UTF_8), "config.v1+json"),
                                blob(blobs, layer, "layer.v1.tar+gzip"));
        Files.writeString(
                layout.resolve("index.json"),
                "{\"schemaVersion\":2,\"manifests\":[%s]}"
                        .formatted(blob(blobs, manifest.getBytes(UTF_8), "manifest.v1+json")));
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        run(
                "skopeo",
                "copy",
                "--insecure-policy",
                "--dest-tls-verify=false",
                "oci:" + layout,
                "docker://127.0.0.1:" + port + "/noise");
    }

    private static String blob(Path blobs, byte[] content, String type) throws Exception {
        var digest = digest(content);
        Files.write(blobs.resolve(digest.substring("sha256:".length())), content);
        return "{\"mediaType\":\"application/vnd.oci.image.%s\",\"digest\":\"%s\",\"size\":%d}"
                .formatted(type, digest, content.length);
    }

    private static String digest(byte[] content) throws Exception {
        return "sha256:"
                + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    private static void run(String... command) throws Exception {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    private String pull(int at) {
        var image = ImageSpec.newBuilder().setImage("127.0.0.1:" + at + "/noise");
        return daemon.images()
                .withDeadlineAfter(REQUEST_SECONDS, TimeUnit.SECONDS)
                .pullImage(PullImageRequest.newBuilder().setImage(image).build())
                .getImageRef();
    }

    /** How much of the layer the daemon has written down. */
    private long kept() throws IOException {
        try (var partial = Files.list(daemon.root().resolve("partial"))) {
            long bytes = 0;
            for (var file : partial.toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        }
    }

    @Test
    void shouldFetchHardlyAnythingTwiceInSpiteOfCutsAndKill() throws Exception {
        long answersBytes = 1 << 16; // what is sent beside the layer until the hold, generously
        try (var proxy = new CuttingProxy(port, layerBytes / (CUTS + 2), layerBytes / 2)) {
            var killed = new FutureTask<>(() -> pull(proxy.port()));
            Thread.ofPlatform().start(killed);
            proxy.awaitHeld();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (kept() < layerBytes / 2 - answersBytes && System.nanoTime() < deadline) {
                LockSupport.parkNanos(1_000_000);
            }
            daemon.kill();
            assertThat(killed)
                    .failsWithin(1, TimeUnit.MINUTES)
                    .withThrowableThat()
                    .withCauseInstanceOf(StatusRuntimeException.class);
            assertThat(kept()).isGreaterThan(layerBytes / 3);
            proxy.release();
            daemon.restart();

            assertThat(pull(proxy.port())).isNotEmpty();

            assertThat(proxy.cuts()).isGreaterThanOrEqualTo(CUTS);
            assertThat(proxy.sent()).isLessThan(layerBytes * 11 / 10);
        }
        assertThat(kept()).isZero();
        try (var layers = Files.walk(daemon.root().resolve("layers"))) {
            assertThat(layers.filter(path -> path.endsWith("noise")))
                    .singleElement()
                    .satisfies(file -> assertThat(Files.readAllBytes(file)).isEqualTo(content));
        }
    }
}
