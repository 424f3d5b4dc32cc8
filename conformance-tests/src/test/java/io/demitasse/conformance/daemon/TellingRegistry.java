package io.demitasse.conformance.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A registry that has secrets in all that it says: its token, and the addresses it sends on to.
 *
 * <p>The repository decides what it does, and the user "wrong" is refused.
 */
final class TellingRegistry implements AutoCloseable {
    private final HttpServer server;
    private final String mark;

    TellingRegistry(String mark) throws IOException {
        this.mark = mark;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            var authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (path.equals("/token")) {
                token(exchange, authorization);
            } else if (path.equals("/elsewhere")) {
                send(exchange, 403, mark + "-body");
            } else if (authorization == null || !authorization.startsWith("Bearer ")) {
                exchange.getResponseHeaders()
                        .set(
                                "WWW-Authenticate",
                                "Bearer realm=\"http://%s/token?ticket=%s-realm\",service=\"%s\""
                                        .formatted(host(), mark, "registry"));
                send(exchange, 401, "{}");
            } else {
                repository(exchange, path);
            }
        }
    }

    private void token(HttpExchange exchange, String authorization) throws IOException {
        var form = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        var query = String.valueOf(exchange.getRequestURI().getRawQuery());
        if (query.contains("account=wrong")) {
            send(exchange, 401, mark + "-refused " + authorization + form);
        } else if (query.contains("account=odd")) {
            send(exchange, 200, "\"" + mark + "-odd");
        } else if (query.contains("account=empty")) {
            send(exchange, 200, "{\"token\":{\"x\":\"" + mark + "-typed\"}}");
        } else {
            send(exchange, 200, "{\"token\":\"" + mark + "-bearer\"}");
        }
    }

    private void repository(HttpExchange exchange, String path) throws IOException {
        var signed = "?signature=" + mark + "-signature";
        if (path.contains("redirected")) {
            redirect(exchange, "http://user:" + mark + "-user@" + host() + "/elsewhere" + signed);
        } else if (path.contains("nowhere")) {
            redirect(exchange, "http://no where/" + signed);
        } else if (path.contains("unfit")) {
            redirect(exchange, "ftp://user:" + mark + "-ftp@" + host() + "/" + signed);
        } else if (path.contains("ring")) {
            redirect(exchange, "http://" + host() + path + signed);
        } else if (path.contains("uploads")) {
            redirect(exchange, "ftp://" + host() + "/" + signed);
        } else if (path.equals("/v2/")) {
            send(exchange, 200, "{}");
        } else {
            send(exchange, 404, mark + "-unknown");
        }
    }

    private static void redirect(HttpExchange exchange, String location) throws IOException {
        exchange.getResponseHeaders().set("Location", location);
        boolean upload = exchange.getRequestMethod().equals("POST");
        send(exchange, upload ? 202 : 302, "");
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        var bytes = body.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (!exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
