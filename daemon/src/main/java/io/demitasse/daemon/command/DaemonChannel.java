package io.demitasse.daemon.command;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A client's connection to a daemon's unix socket; open for one command. */
final class DaemonChannel implements AutoCloseable {
    private final EventLoopGroup eventLoop =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ManagedChannel channel;

    private DaemonChannel(Path socket) {
        channel =
                NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                        .eventLoopGroup(eventLoop)
                        .channelType(EpollDomainSocketChannel.class)
                        .overrideAuthority("localhost")
                        .directExecutor()
                        .usePlaintext()
                        .build();
    }

    /** Connects at the first call; a socket that is not there fails that call. */
    static DaemonChannel to(Path socket) {
        return new DaemonChannel(socket);
    }

    ManagedChannel channel() {
        return channel;
    }

    @Override
    public void close() {
        channel.shutdownNow();
        // Nobody waits for it: a client ends right after its last call
        var _ = eventLoop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
}
