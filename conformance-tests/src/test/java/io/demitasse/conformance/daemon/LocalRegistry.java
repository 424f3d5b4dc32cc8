package io.demitasse.conformance.daemon;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

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

    /**
     * Puts an artifact into a repository, as tools for artifacts do: an empty config and a blob for
     * each file, which its title names.
     */
    void putArtifact(String repository, String tag, Map<String, String> files)
            throws IOException, InterruptedException {
        var layers = new ArrayList<String>();
        for (var file : files.entrySet()) {
            var title = "{\"org.opencontainers.image.title\":\"%s\"}".formatted(file.getKey());
            layers.add(putBlob(repository, "application/octet-stream", file.getValue(), title));
        }
        var config = putBlob(repository, "application/vnd.oci.empty.v1+json", "{}", "{}");
        var type = "application/vnd.oci.image.manifest.v1+json";
        var manifest =
                "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"artifactType\":\"application/x-model\",\"config\":%s,\"layers\":[%s]}"
                        .formatted(type, config, String.join(",", layers));
        var _ = send("PUT", "/v2/" + repository + "/manifests/" + tag, type, manifest);
    }

    /** {@return its descriptor} */
    private String putBlob(String repository, String type, String content, String annotations)
            throws IOException, InterruptedException {
        var digest = "sha256:" + HexFormat.of().formatHex(sha256(content));
        var upload = send("POST", "/v2/" + repository + "/blobs/uploads/", type, "");
        var location = upload.headers().firstValue("Location").orElseThrow();
        var separator = location.contains("?") ? "&" : "?";
        var _ = send("PUT", location + separator + "digest=" + digest, type, content);
        return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d,\"annotations\":%s}"
                .formatted(type, digest, content.length(), annotations);
    }

    private static byte[] sha256(String content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content.getBytes(US_ASCII));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private HttpResponse<String> send(String method, String address, String type, String body)
            throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(URI.create("http://" + host()).resolve(address))
                        .method(method, BodyPublishers.ofString(body))
                        .header("Content-Type", type)
                        .build();
        try (var client = HttpClient.newHttpClient()) {
            var answer = client.send(request, BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                throw new IOException(method + " " + address + ": " + answer.body());
            }
            return answer;
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
