package io.demitasse.storage.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Debian's docker-registry on a loopback port, with skopeo to push to it. */
public final class DockerRegistry implements AutoCloseable {
    private final Process process;
    private final int port;

    private DockerRegistry(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    public static boolean isInstalled() {
        return Files.isExecutable(Path.of("/usr/bin/docker-registry"))
                && Files.isExecutable(Path.of("/usr/bin/skopeo"));
    }

    public static DockerRegistry start(Path directory) throws IOException {
        return start(directory, "");
    }

    /** With more of its configuration, in YAML, indented as below {@code http:}. */
    public static DockerRegistry start(Path directory, String more) throws IOException {
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        var configuration =
                Files.writeString(
                        directory.resolve("config.yml"),
                        """
                        version: 0.1
                        storage:
                          filesystem:
                            rootdirectory: %s
                        http:
                          addr: 127.0.0.1:%d
                        %s
                        """
                                .formatted(directory.resolve("data"), port, more));
        var process =
                new ProcessBuilder("docker-registry", "serve", configuration.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("log").toFile())
                        .start();
        var registry = new DockerRegistry(process, port);
        registry.awaitPort();
        return registry;
    }

    private void awaitPort() throws IOException {
        while (true) {
            try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException notYet) {
                if (!process.isAlive()) {
                    throw new IOException("docker-registry ended at once", notYet);
                }
            }
        }
    }

    public String name(String repository) {
        return "127.0.0.1:" + port + "/" + repository;
    }

    /** Pushes an OCI layout; format is skopeo's {@code oci} or {@code v2s2}. */
    public void push(Path layout, String repository, String format) throws Exception {
        push(layout, repository, format, List.of());
    }

    /** With more of skopeo's options. */
    public void push(Path layout, String repository, String format, List<String> more)
            throws Exception {
        var command =
                new ArrayList<>(
                        List.of(
                                "skopeo",
                                "copy",
                                "--insecure-policy",
                                "--dest-tls-verify=false",
                                "--format",
                                format));
        command.addAll(more);
        command.addAll(List.of("oci:" + layout, "docker://" + name(repository)));
        run(command);
    }

    public static void run(List<String> command) throws Exception {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
