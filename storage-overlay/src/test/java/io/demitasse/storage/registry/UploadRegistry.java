package io.demitasse.storage.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.demitasse.storage.reference.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * A registry that takes uploads, keeps what has come when a connection breaks, and breaks some.
 *
 * <p>It counts what it was sent, so that a test can tell a resumed upload from a repeated one.
 */
public final class UploadRegistry implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, byte[]> content = new ConcurrentHashMap<>();
    private final Map<String, ByteArrayOutputStream> uploads = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final AtomicInteger cuts = new AtomicInteger();
    private volatile boolean forgetful;
    private final LongAdder received = new LongAdder();

    public UploadRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    /** Breaks so many connections in the middle of a chunk. */
    public UploadRegistry cutting(int times) {
        cuts.set(times);
        return this;
    }

    /** Does not know afterwards what had come. */
    public UploadRegistry forgetting() {
        forgetful = true;
        return this;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            switch (exchange.getRequestMethod()) {
                case "HEAD", "GET" -> get(exchange, path);
                case "POST" -> {
                    var id = "/upload/" + uploads.size();
                    uploads.put(id, new ByteArrayOutputStream());
                    answer(exchange, 202, id);
                }
                case "PATCH" -> patch(exchange, path);
                case "PUT" -> put(exchange, path);
                default -> exchange.sendResponseHeaders(204, -1);
            }
        }
    }

    private void get(HttpExchange exchange, String path) throws IOException {
        var upload = uploads.get(path);
        if (upload != null && !forgetful) {
            exchange.getResponseHeaders().add("Range", "0-" + Math.max(0, upload.size() - 1));
            answer(exchange, 204, path);
        } else {
            boolean there = path.equals("/v2/") || content.containsKey(path);
            exchange.sendResponseHeaders(there ? 200 : 404, -1);
        }
    }

    private void patch(HttpExchange exchange, String path) throws IOException {
        var upload = uploads.get(path);
        var range = exchange.getRequestHeaders().getFirst("Content-Range");
        int first = Integer.parseInt(range.substring(0, range.indexOf('-')));
        int last = Integer.parseInt(range.substring(range.indexOf('-') + 1));
        if (upload == null || first != upload.size()) {
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        var body = exchange.getRequestBody();
        if (cuts.getAndDecrement() > 0) {
            var half = body.readNBytes((last - first + 1) / 2);
            received.add(half.length);
            upload.writeBytes(half);
            if (forgetful) {
                uploads.remove(path);
            }
            throw new IOException("cut");
        }
        var all = body.readAllBytes();
        received.add(all.length);
        upload.writeBytes(all);
        answer(exchange, 202, path);
    }

    private void put(HttpExchange exchange, String path) throws IOException {
        var body = exchange.getRequestBody().readAllBytes();
        if (!uploads.containsKey(path)) {
            content.put(path, body);
            answer(exchange, 201, path);
            return;
        }
        var upload = uploads.get(path);
        received.add(body.length);
        upload.writeBytes(body);
        var digest = exchange.getRequestURI().getQuery().replaceFirst(".*digest=", "");
        boolean right = Digest.of(upload.toByteArray()).toString().equals(digest);
        if (right) {
            content.put(digest, upload.toByteArray());
        }
        answer(exchange, right ? 201 : 400, path);
    }

    private static void answer(HttpExchange exchange, int status, String location)
            throws IOException {
        exchange.getResponseHeaders().add("Location", location);
        exchange.sendResponseHeaders(status, -1);
    }

    /** {@return what was put under a digest or a path, or nothing} */
    public byte[] content(String key) {
        return content.getOrDefault(key, new byte[0]);
    }

    public long receivedBytes() {
        return received.sum();
    }

    public List<String> asked() {
        return asked;
    }

    public String name(String repository) {
        return "127.0.0.1:" + server.getAddress().getPort() + "/" + repository;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
