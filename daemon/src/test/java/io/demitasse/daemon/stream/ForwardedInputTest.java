package io.demitasse.daemon.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.linux.socket.LoopbackSocket;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client sends to a port that does not read yet. */
@Timeout(60)
class ForwardedInputTest {
    private static final int ERROR = 1;
    private static final int DATA = 3;
    private static final int FRAME_BYTES = 16 << 10;
    private static final long PATIENCE_SECONDS = 30;

    private final MultiThreadIoEventLoopGroup network =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final CompletableFuture<Channel> connected = new CompletableFuture<>();
    private ServerSocket port;
    private Socket client;
    private Channel channel;

    /** A client's connection, through which the tests put frames as if they had come. */
    @BeforeEach
    void connect() throws Exception {
        port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var request = new StreamRequest.PortForward("pod", List.of(), LoopbackSocket::connect);
        var streaming =
                new ServerBootstrap()
                        .group(network)
                        .channel(EpollServerSocketChannel.class)
                        .childHandler(new Arrival(request))
                        .bind(InetAddress.getLoopbackAddress(), 0)
                        .sync()
                        .channel();
        var address = (InetSocketAddress) streaming.localAddress();
        client = new Socket(address.getAddress(), address.getPort());
        channel = connected.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private final class Arrival extends ChannelInboundHandlerAdapter {
        private final StreamRequest.PortForward request;

        Arrival(StreamRequest.PortForward request) {
            this.request = request;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.pipeline().addLast(new SpdyPortForward(request));
            connected.complete(context.channel());
        }
    }

    @AfterEach
    void close() throws Exception {
        network.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        client.close();
        port.close();
    }

    @Test
    void shouldReachAPortWholeThoughTheClientEndsBeforeThePortReads() throws Exception {
        onNetworkThread(this::open);
        try (var accepted = port.accept()) {
            onNetworkThread(this::sendOne);
            assertThat(accepted.getInputStream().read()).isZero();
            long sent = onNetworkThread(this::sendUntilFull);
            onNetworkThread(this::end);

            assertThat(accepted.getInputStream().readAllBytes().length).isEqualTo(sent);
        }
    }

    @Test
    void shouldReachAPortWholeThoughTheClientIsGone() throws Exception {
        onNetworkThread(this::open);
        try (var accepted = port.accept()) {
            onNetworkThread(this::sendOne);
            assertThat(accepted.getInputStream().read()).isZero();
            long sent = onNetworkThread(this::sendUntilFull);
            channel.close().sync();

            assertThat(accepted.getInputStream().readAllBytes().length).isEqualTo(sent);
        }
    }

    @Test
    void shouldReachAPortWholeThatAcceptsAfterTheClientHasEnded() throws Exception {
        long sent =
                onNetworkThread(() -> {
                    open();
                    long early = sendUntilFull();
                    end();
                    return early;
                });
        try (var accepted = port.accept()) {
            assertThat(accepted.getInputStream().readAllBytes().length).isEqualTo(sent);
        }
    }

    private <T> T onNetworkThread(Callable<T> task) throws Exception {
        return channel.eventLoop().submit(task).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private Void open() {
        for (var type : List.of("error", "data")) {
            var frame =
                    new DefaultSpdySynStreamFrame(type.equals("data") ? DATA : ERROR, 0, (byte) 0);
            frame.headers().set("streamtype", type).set("requestid", "1");
            frame.headers().set("port", Integer.toString(port.getLocalPort()));
            channel.pipeline().fireChannelRead(frame);
        }
        return null;
    }

    /** {@return how many bytes were sent until no more is taken from the client} */
    private long sendUntilFull() {
        long sent = 0;
        while (channel.config().isAutoRead()) {
            send(false, FRAME_BYTES);
            sent += FRAME_BYTES;
        }
        return sent;
    }

    /** What the port has of it says that the connection is made. */
    private Void sendOne() {
        send(false, 1);
        return null;
    }

    private Void end() {
        send(true, 0);
        return null;
    }

    private void send(boolean last, int bytes) {
        channel.pipeline()
                .fireChannelRead(
                        new DefaultSpdyDataFrame(DATA, Unpooled.wrappedBuffer(new byte[bytes]))
                                .setLast(last));
    }
}
