package io.demitasse.daemon.metrics;

import io.demitasse.daemon.listener.Admission;
import io.demitasse.daemon.listener.HttpListener;
import io.demitasse.daemon.listener.LastAnswer;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Serves {@code /metrics} over HTTP: a connection for each answer. */
public final class MetricsServer implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(MetricsServer.class.getName());
    private static final String PATH = "/metrics";

    private final HttpListener listener;

    private MetricsServer(HttpListener listener) {
        this.listener = listener;
    }

    /** Begins to serve; the log says where. */
    public static MetricsServer start(InetSocketAddress address, ImageFigures images)
            throws IOException {
        var metrics =
                new MetricsServer(
                        HttpListener.start(
                                "metrics",
                                address,
                                path ->
                                        path.equals(PATH)
                                                ? Optional.of(
                                                        new Admission.Guest(
                                                                new Answer(images), false))
                                                : Optional.empty()));
        LOGGER.log(Level.INFO, "metrics listen={0}", metrics.listener.authority());
        return metrics;
    }

    @Override
    public void close() {
        listener.close();
    }

    /** Waits for the end of a request, and looks at nothing of it. */
    private static final class Answer extends SimpleChannelInboundHandler<HttpObject> {
        private final ImageFigures images;
        private boolean answered;

        Answer(ImageFigures images) {
            this.images = images;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
            if (answered || !(part instanceof LastHttpContent)) {
                return;
            }
            answered = true;
            var text = new Exposition();
            images.write(text);
            LastAnswer.send(
                    context, HttpResponseStatus.OK, Exposition.CONTENT_TYPE, text.toString());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            var _ = context.close();
        }
    }
}
