package io.demitasse.daemon.stream;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The HTTP server that Exec, Attach and PortForward send their clients to. */
public final class StreamingServer implements AutoCloseable {
    private static final int MAX_REQUEST_BYTES = 64 << 10;

    private final Tickets tickets = new Tickets(System::nanoTime);
    private final EventLoopGroup network =
            new MultiThreadIoEventLoopGroup(
                    1, new DefaultThreadFactory("streaming"), EpollIoHandler.newFactory());
    private final Channel listener;

    private StreamingServer(InetSocketAddress address) throws IOException {
        var bound =
                new ServerBootstrap()
                        .group(network)
                        .channel(EpollServerSocketChannel.class)
                        .childHandler(new Connection(tickets))
                        .bind(address)
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            var _ = network.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IOException("cannot listen on streaming.listen " + address, bound.cause());
        }
        listener = bound.channel();
    }

    /** Listens on this address; port 0 is any. */
    public static StreamingServer start(InetSocketAddress address) throws IOException {
        return new StreamingServer(address);
    }

    /** {@return a URL that is good once and for a minute; empty if too many were not used yet} */
    public Optional<String> offer(StreamRequest request) {
        var address = (InetSocketAddress) listener.localAddress();
        var host = address.getAddress().getHostAddress();
        var bracketed = host.contains(":") ? "[" + host + "]" : host;
        return tickets.issue(request)
                .map(ticket ->
                        "http://%s:%d/%s/%s"
                                .formatted(bracketed, address.getPort(), request.path(), ticket));
    }

    /** Ends the server and all connections; processes run on. */
    @Override
    public void close() {
        network.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** What a new connection begins with. */
    private static final class Connection extends ChannelInitializer<SocketChannel> {
        private final Tickets tickets;

        Connection(Tickets tickets) {
            this.tickets = tickets;
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            channel.pipeline()
                    .addLast(
                            new HttpServerCodec(),
                            new HttpObjectAggregator(MAX_REQUEST_BYTES),
                            new UpgradeHandler(tickets));
        }

        @Override
        public boolean isSharable() {
            return true;
        }
    }
}
