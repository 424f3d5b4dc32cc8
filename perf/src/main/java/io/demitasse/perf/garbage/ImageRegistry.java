package io.demitasse.perf.garbage;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A registry on loopback, plain HTTP, whose images are made as they are asked for. */
final class ImageRegistry implements AutoCloseable {
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final int FILE_BYTES = 4000;
    private static final int FILES_PER_DIRECTORY = 50;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final int files;
    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();

    private ImageRegistry(HttpServer server, int files) {
        this.server = server;
        this.files = files;
    }

    /** Serves images of so many files each. */
    static ImageRegistry start(int files) throws IOException {
        var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        var registry = new ImageRegistry(HttpServer.create(loopback, 0), files);
        registry.server.createContext("/", registry::answer);
        registry.server.setExecutor(registry.threads);
        registry.server.start();
        return registry;
    }

    /** {@return the reference of image {@code number}; no two share anything} */
    String image(int number) {
        return "127.0.0.1:%d/garbage/i%d:latest".formatted(server.getAddress().getPort(), number);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            var last = path.substring(path.lastIndexOf('/') + 1);
            if (path.contains("/manifests/")) {
                var name = path.substring("/v2/garbage/".length(), path.indexOf("/manifests/"));
                respond(exchange, manifest(name));
            } else if (path.contains("/blobs/") && blobs.containsKey(last)) {
                respond(exchange, blobs.remove(last));
            } else {
                exchange.sendResponseHeaders(path.equals("/v2/") ? OK : NOT_FOUND, -1);
            }
        }
    }

    private static void respond(HttpExchange exchange, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", MANIFEST);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(OK, head ? -1 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
    }

    private byte[] manifest(String image) {
        var tar = new TarWriter();
        for (int i = 0; i < files; i++) {
            var contents = (image + " file " + i + "\n").repeat(FILE_BYTES).getBytes(UTF_8);
            tar.file(
                    "%s/%d/%d".formatted(image, i / FILES_PER_DIRECTORY, i),
                    java.util.Arrays.copyOf(contents, FILE_BYTES));
        }
        var layer = tar.finish();
        var config =
                "{\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}"
                        .formatted(digest(layer))
                        .getBytes(UTF_8);
        return "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
                .formatted(
                        MANIFEST,
                        descriptor("application/vnd.oci.image.config.v1+json", config),
                        descriptor("application/vnd.oci.image.layer.v1.tar", layer))
                .getBytes(UTF_8);
    }

    private String descriptor(String mediaType, byte[] blob) {
        var digest = digest(blob);
        blobs.put(digest, blob);
        return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
                .formatted(mediaType, digest, blob.length);
    }

    private static String digest(byte[] content) {
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(content);
            return "sha256:" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
