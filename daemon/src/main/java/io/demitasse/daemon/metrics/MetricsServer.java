package io.demitasse.daemon.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Serves {@code /metrics} over HTTP. */
public final class MetricsServer implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(MetricsServer.class.getName());

    private final HttpServer server;
    private final ImageFigures images;

    private MetricsServer(HttpServer server, ImageFigures images) {
        this.server = server;
        this.images = images;
    }

    /** Begins to serve; the log says where. */
    public static MetricsServer start(InetSocketAddress address, ImageFigures images)
            throws IOException {
        HttpServer server;
        try {
            server = HttpServer.create(address, 0);
        } catch (IOException refused) {
            throw new IOException("cannot serve metrics on " + text(address), refused);
        }
        var metrics = new MetricsServer(server, images);
        server.createContext("/metrics", metrics::answer);
        server.start();
        LOGGER.log(Level.INFO, "metrics listen={0}", text(server.getAddress()));
        return metrics;
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress() == null
                ? address.toString()
                : address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var text = new Exposition();
            images.write(text);
            var body = text.toString().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", Exposition.CONTENT_TYPE);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
