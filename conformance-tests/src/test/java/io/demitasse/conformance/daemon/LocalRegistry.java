package io.demitasse.conformance.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Debian's docker-registry on a loopback port: plain, or with TLS and a password. */
final class LocalRegistry implements AutoCloseable {
    /** Of the password "secret". */
    private static final String HTPASSWD =
            "me:$2b$04$P2sl8Z0wRAEUADsh9SallOs8tRiGI673clIs.Fj6Zxo8WeeLVguSy\n";

    private final Process process;
    private final Path directory;
    private final int port;

    private LocalRegistry(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    static boolean isInstalled() {
        return Files.isExecutable(Path.of("/usr/bin/docker-registry"))
                && Files.isExecutable(Path.of("/usr/bin/skopeo"));
    }

    static LocalRegistry plain(Path directory) throws IOException {
        return start(directory, "");
    }

    /** User "me", password "secret"; {@link #authority} says whom to trust. */
    static LocalRegistry secure(Path directory) throws IOException, InterruptedException {
        Files.writeString(directory.resolve("htpasswd"), HTPASSWD);
        RunningDaemon.run(
                List.of(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=registry",
                        "-addext",
                        "subjectAltName=IP:127.0.0.1",
                        "-keyout",
                        directory.resolve("key.pem").toString(),
                        "-out",
                        directory.resolve("ca.pem").toString()));
        return start(
                directory,
                """
                  tls: {certificate: DIR/ca.pem, key: DIR/key.pem}
                auth:
                  htpasswd: {realm: test, path: DIR/htpasswd}
                """
                        .replace("DIR", directory.toString()));
    }

    private static LocalRegistry start(Path directory, String more) throws IOException {
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
                        .redirectOutput(directory.resolve("registry.log").toFile())
                        .start();
        var registry = new LocalRegistry(process, directory, port);
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

    String host() {
        return "127.0.0.1:" + port;
    }

    Path authority() {
        return directory.resolve("ca.pem");
    }

    /** {@return where it keeps what it was sent} */
    Path data() {
        return directory.resolve("data");
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
