package io.demitasse.storage.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A registry that says what a test told it to, and remembers what it was asked. */
public final class LyingRegistry implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Map<String, Answer> first = new ConcurrentHashMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<String> queries = new CopyOnWriteArrayList<>();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private volatile String demanded = "";
    private volatile String challenge = "";

    /** What to answer to a path. */
    public interface Answer {
        void give(HttpExchange exchange) throws IOException;
    }

    public LyingRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            asked.add(path);
            queries.add(String.valueOf(exchange.getRequestURI().getQuery()));
            var shown = exchange.getRequestHeaders().getFirst("Authorization");
            if (shown != null) {
                authorizations.add(shown);
            }
            var refused = !demanded.isEmpty() && !demanded.equals(shown) && !open.contains(path);
            answer(path, refused).give(exchange);
        }
    }

    private Answer answer(String path, boolean refused) {
        if (refused) {
            return exchange -> {
                exchange.getResponseHeaders().add("WWW-Authenticate", challenge);
                status(401).give(exchange);
            };
        }
        var once = first.remove(path);
        return once != null ? once : answers.getOrDefault(path, status(404));
    }

    /** Lets nobody see anything without this header. */
    public LyingRegistry demand(String authorization, String newChallenge) {
        challenge = newChallenge;
        demanded = authorization;
        return this;
    }

    /** Leaves a path to everybody. */
    public LyingRegistry open(String path) {
        open.add(path);
        return this;
    }

    /** Answers the next time only. */
    public LyingRegistry once(String path, Answer answer) {
        first.put(path, answer);
        return this;
    }

    public LyingRegistry on(String path, Answer answer) {
        answers.put(path, answer);
        return this;
    }

    public LyingRegistry on(String path, byte[] content) {
        return on(path, content(content));
    }

    public static Answer content(byte[] content) {
        return exchange -> {
            exchange.sendResponseHeaders(200, content.length == 0 ? -1 : content.length);
            exchange.getResponseBody().write(content);
        };
    }

    public static Answer status(int status) {
        return exchange -> exchange.sendResponseHeaders(status, -1);
    }

    public List<String> asked() {
        return asked;
    }

    public List<String> queries() {
        return queries;
    }

    public List<String> authorizations() {
        return authorizations;
    }

    public String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
