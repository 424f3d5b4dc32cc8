package io.demitasse.perf.http;

import io.demitasse.perf.process.ProcFiles;
import io.demitasse.perf.process.ProcessStat;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * What does it cost to download with this client? Bytes are counted and thrown away.
 *
 * <p>One client per process, so that none pays for another's classes or profits from its pages:
 * {@code HttpClients CLIENT ADDRESS AT-ONCE TIMES}. Prints the client, megabytes per second, CPU
 * seconds per gigabyte, and by how many megabytes the process has grown since it began.
 */
public final class HttpClients {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final double MEGA = 1e6;
    private static final double NANO = 1e-9;
    private static final double KIBI = 1024;

    private HttpClients() {}

    /** Downloads something as often as it is called, and counts what came. */
    private interface Download {
        long run(URI address) throws Exception;
    }

    /** Measures one client. */
    public static void main(String[] arguments) throws Exception {
        var address = URI.create(arguments[1]);
        int atOnce = Integer.parseInt(arguments[2]);
        int times = Integer.parseInt(arguments[3]);
        long before = residentBytes();
        long cpuBefore = cpuTicks();
        long start = System.nanoTime();

        long bytes = 0;
        var download = client(arguments[0]);
        for (int i = 0; i < times; i++) {
            var running = new ArrayList<FutureTask<Long>>();
            for (int j = 0; j < atOnce; j++) {
                var task = new FutureTask<>(() -> download.run(address));
                running.add(task);
                Thread.ofVirtual().start(task); // as the daemon's downloads have one each
            }
            for (var each : running) {
                bytes += each.get();
            }
        }

        double seconds = (System.nanoTime() - start) * NANO;
        double cpuSeconds = (cpuTicks() - cpuBefore) * (ProcessStat.TICK.toNanos() * NANO);
        long grown = residentBytes() - before;
        System.out.printf(
                Locale.ROOT,
                "%s %d %.0f %.2f %.1f%n",
                arguments[0],
                atOnce,
                bytes / MEGA / seconds,
                cpuSeconds / (bytes / MEGA / 1000),
                grown / KIBI / KIBI);
        System.exit(0); // whoever still has threads
    }

    private static long residentBytes() {
        return new ProcFiles(Path.of("/proc"))
                .memory((int) ProcessHandle.current().pid())
                .residentBytes();
    }

    private static long cpuTicks() throws IOException {
        return ProcessStat.parse(java.nio.file.Files.readString(Path.of("/proc/self/stat")))
                .ownTicks();
    }

    private static Download client(String name) {
        return switch (name) {
            case "HttpURLConnection" -> HttpClients::byOldClient;
            case "java.net.http" -> byNewClient();
            case "Netty" -> byNetty();
            default -> throw new IllegalArgumentException("no client " + name);
        };
    }

    private static long byOldClient(URI address) throws IOException {
        var connection = (HttpURLConnection) address.toURL().openConnection();
        try (var in = connection.getInputStream()) {
            return count(in);
        }
    }

    private static Download byNewClient() {
        // closed with the process
        @SuppressWarnings("MustBeClosed")
        var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        return address -> {
            var request = HttpRequest.newBuilder(address).build();
            try (var in = client.send(request, BodyHandlers.ofInputStream()).body()) {
                return count(in);
            }
        };
    }

    private static long count(InputStream in) throws IOException {
        var buffer = new byte[BUFFER_BYTES];
        long bytes = 0;
        for (int count; (count = in.read(buffer)) >= 0; ) {
            bytes += count;
        }
        return bytes;
    }

    private static Download byNetty() {
        var loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        return address -> byNetty(loop, address);
    }

    private static long byNetty(EventLoopGroup loop, URI address)
            throws InterruptedException, ExecutionException {
        var bytes = new CompletableFuture<Long>();
        var channel =
                new Bootstrap()
                        .group(loop)
                        .channel(EpollSocketChannel.class)
                        .handler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel made) {
                                        made.pipeline()
                                                .addLast(
                                                        new HttpClientCodec(),
                                                        new CountingHandler(bytes));
                                    }
                                })
                        .connect(address.getHost(), address.getPort())
                        .sync()
                        .channel();
        var request =
                new DefaultFullHttpRequest(
                        HttpVersion.HTTP_1_1, HttpMethod.GET, address.getRawPath());
        request.headers().set(HttpHeaderNames.HOST, address.getAuthority());
        channel.writeAndFlush(request).sync();
        long count = bytes.get();
        channel.close().sync();
        return count;
    }

    /** Counts on the loop's thread. */
    private static final class CountingHandler extends SimpleChannelInboundHandler<HttpObject> {
        private final CompletableFuture<Long> total;
        private long bytes;

        CountingHandler(CompletableFuture<Long> total) {
            this.total = total;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
            if (message instanceof HttpContent content) {
                bytes += content.content().readableBytes();
            }
            if (message instanceof LastHttpContent) {
                total.complete(bytes);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            total.completeExceptionally(cause);
        }
    }
}
