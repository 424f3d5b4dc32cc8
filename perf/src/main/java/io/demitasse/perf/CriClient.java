package io.demitasse.perf;

import io.demitasse.cri.v1.ContainerEventResponse;
import io.demitasse.cri.v1.GetEventsRequest;
import io.demitasse.cri.v1.ImageServiceGrpc;
import io.demitasse.cri.v1.ImageServiceGrpc.ImageServiceBlockingStub;
import io.demitasse.cri.v1.ImageSpec;
import io.demitasse.cri.v1.ImageStatusRequest;
import io.demitasse.cri.v1.PullImageRequest;
import io.demitasse.cri.v1.RuntimeServiceGrpc;
import io.demitasse.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** One connection to a CRI socket, as a kubelet makes it. Shared by threads. */
public final class CriClient implements AutoCloseable {
    // grpc-java asks for SO_KEEPALIVE, which unix sockets have not; Netty would say so each time.
    private static final Logger NETTY = Logger.getLogger("io.netty.bootstrap");
    private static final Duration DEADLINE = Duration.ofMinutes(1);
    private static final Duration PULL_DEADLINE = Duration.ofMinutes(5);
    private static final String SCHEME = "unix://";

    private final EventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final DomainSocketAddress address;
    // Another one after each renewal; a call that is under way keeps the one it began with.
    private volatile ManagedChannel channel;

    /** Connects at the first call, to a path or a {@code unix://} address. */
    public CriClient(String endpoint) {
        NETTY.setLevel(Level.SEVERE);
        address =
                new DomainSocketAddress(
                        endpoint.startsWith(SCHEME)
                                ? endpoint.substring(SCHEME.length())
                                : endpoint);
        channel = channel();
    }

    private ManagedChannel channel() {
        return NettyChannelBuilder.forAddress(address)
                .channelType(EpollDomainSocketChannel.class)
                .eventLoopGroup(loop)
                .usePlaintext()
                // grpc-go refuses the authority that a path makes
                .overrideAuthority("localhost")
                .directExecutor()
                .build();
    }

    /**
     * Connects anew at the next call. A channel whose server has gone waits for a second before it
     * tries again, which is nothing that the next server should be blamed for.
     */
    public void renew() {
        channel.shutdownNow();
        channel = channel();
    }

    /**
     * Has {@code observer} told of every container event from now on, on the network thread, until
     * the channel is closed or renewed.
     */
    public void events(StreamObserver<ContainerEventResponse> observer) {
        RuntimeServiceGrpc.newStub(channel)
                .getContainerEvents(GetEventsRequest.getDefaultInstance(), observer);
    }

    /** {@return the RuntimeService; each call must end within a minute} */
    public RuntimeServiceBlockingStub runtime() {
        return RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(DEADLINE);
    }

    /** {@return the ImageService; each call must end within five minutes} */
    public ImageServiceBlockingStub images() {
        return ImageServiceGrpc.newBlockingStub(channel).withDeadlineAfter(PULL_DEADLINE);
    }

    /** {@return the image as containers name it, pulled if it was not there} */
    public ImageSpec image(String name) {
        var named = ImageSpec.newBuilder().setImage(name).build();
        var status = images().imageStatus(ImageStatusRequest.newBuilder().setImage(named).build());
        String reference =
                status.hasImage()
                        ? status.getImage().getId()
                        : images().pullImage(PullImageRequest.newBuilder().setImage(named).build())
                                .getImageRef();
        return ImageSpec.newBuilder().setImage(reference).setUserSpecifiedImage(name).build();
    }

    /**
     * {@return the pid of the process that listens on the socket, in this pid namespace}
     *
     * @throws IOException if nobody listens
     */
    public int serverPid() throws IOException {
        var connecting =
                new Bootstrap()
                        .group(loop)
                        .channel(EpollDomainSocketChannel.class)
                        .handler(new ChannelInboundHandlerAdapter())
                        .connect(address)
                        .awaitUninterruptibly();
        if (!connecting.isSuccess()) {
            throw new IOException("cannot connect to " + address.path(), connecting.cause());
        }
        var connected = (EpollDomainSocketChannel) connecting.channel();
        try {
            return connected.peerCredentials().pid();
        } finally {
            connected.close().awaitUninterruptibly();
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
