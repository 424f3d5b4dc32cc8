package io.demitasse.daemon.listener;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** A listener on TCP that takes one HTTP request of each connection. */
public final class HttpListener implements AutoCloseable {
    private static final int MAX_NEWCOMERS = 512;
    private static final long SECONDS_FOR_A_REQUEST = 10;
    private static final int LEAST_READ_BYTES = 512;
    private static final int FIRST_READ_BYTES = 1 << 10;
    private static final int MAX_READ_BYTES = 16 << 10;

    private final EventLoopGroup network;
    private final Channel listener;

    private HttpListener(EventLoopGroup network, Channel listener) {
        this.network = network;
        this.listener = listener;
    }

    /**
     * Listens.
     *
     * @param name of the setting that has the address, and of the thread
     * @param address port 0 is any
     */
    public static HttpListener start(String name, InetSocketAddress address, Admission admission)
            throws IOException {
        return start(name, address, admission, MAX_NEWCOMERS);
    }

    static HttpListener start(
            String name, InetSocketAddress address, Admission admission, int newcomers)
            throws IOException {
        var network =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory(name), EpollIoHandler.newFactory());
        var bound =
                new ServerBootstrap()
                        .group(network)
                        .channel(EpollServerSocketChannel.class)
                        .childOption(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new AdaptiveRecvByteBufAllocator(
                                        LEAST_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES))
                        .childHandler(new Arrival(new Newcomers(newcomers), admission))
                        .bind(address)
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            var _ = network.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IOException("cannot listen on " + name + ".listen " + address, bound.cause());
        }
        return new HttpListener(network, bound.channel());
    }

    /** {@return where it listens} */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** {@return where it listens, as in a URL} */
    public String authority() {
        var host = address().getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address().getPort();
    }

    /** Ends the listener and all connections. */
    @Override
    public void close() {
        network.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** What a new connection begins with. */
    private static final class Arrival extends ChannelInitializer<SocketChannel> {
        private final Newcomers newcomers;
        private final Admission admission;

        Arrival(Newcomers newcomers, Admission admission) {
            this.newcomers = newcomers;
            this.admission = admission;
        }

        @Override
        protected void initChannel(SocketChannel connection) {
            newcomers.arrived(connection);
            connection
                    .pipeline()
                    .addLast(
                            new Deadline(SECONDS_FOR_A_REQUEST),
                            new RequestLine(newcomers, admission));
        }

        @Override
        public boolean isSharable() {
            return true;
        }
    }
}
