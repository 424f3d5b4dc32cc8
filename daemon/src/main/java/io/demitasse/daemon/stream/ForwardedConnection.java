package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * One connection to a port of a pod, and the two streams of a client that are its other end.
 *
 * <p><b>Threads.</b> Belongs to the network thread; only connecting, which blocks and enters the
 * pod's network namespace, is done by a thread of its own.
 */
final class ForwardedConnection extends ChannelInboundHandlerAdapter {
    /** A port that accepts nobody is waited for as long as TCP tries. */
    private static final int MAX_EARLY_BYTES = 256 << 10;

    private final ChannelHandlerContext client;
    private final StreamRequest.PortForward request;
    private final int port;
    private final int dataStream;
    private final int errorStream;
    private final IntConsumer whenOver;
    private final Deque<ByteBuf> early = new ArrayDeque<>();
    private Optional<SocketChannel> target = Optional.empty();
    private int earlyBytes;
    private boolean inputEnded;
    private boolean outputEnded;
    private boolean closed;

    ForwardedConnection(
            ChannelHandlerContext client,
            StreamRequest.PortForward request,
            int port,
            int dataStream,
            int errorStream,
            IntConsumer whenOver) {
        this.client = client;
        this.request = request;
        this.port = port;
        this.dataStream = dataStream;
        this.errorStream = errorStream;
        this.whenOver = whenOver;
    }

    /** Connects to the port. */
    void open() {
        Thread.ofPlatform().name("port-forward").daemon().start(this::connect);
    }

    private void connect() {
        try {
            var socket = request.connector().connect(port);
            client.executor().execute(() -> connected(socket.surrender()));
        } catch (IOException | RuntimeException failure) {
            client.executor().execute(() -> fail(failure));
        }
    }

    private void connected(int fd) {
        var channel = new EpollSocketChannel(fd);
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        channel.pipeline().addLast(this);
        target = Optional.of(channel);
        if (closed) {
            channel.unsafe().closeForcibly();
            return;
        }
        var _ = client.channel().eventLoop().register(channel);
        pause(!client.channel().isWritable());
        client.channel().config().setAutoRead(true);
        for (var bytes = early.poll(); bytes != null; bytes = early.poll()) {
            write(channel, bytes);
        }
        if (inputEnded) {
            Outbound.endOutput(channel);
        }
    }

    /** Sends bytes of the client, which are ours now, to the port. */
    void send(ByteBuf bytes) {
        if (closed || inputEnded) {
            bytes.release();
        } else if (target.isEmpty()) {
            early.add(bytes);
            earlyBytes += bytes.readableBytes();
            if (earlyBytes > MAX_EARLY_BYTES) {
                client.channel().config().setAutoRead(false);
            }
        } else {
            write(target.get(), bytes);
        }
    }

    private void write(Channel channel, ByteBuf bytes) {
        Outbound.send(channel, bytes);
        if (!channel.isWritable()) {
            client.channel().config().setAutoRead(false);
        }
    }

    /** The client sends no more. */
    void endInput() {
        inputEnded = true;
        target.ifPresent(Outbound::endOutput);
        finishIfOver();
    }

    /** Stops reading from the port, or goes on. */
    void pause(boolean pause) {
        target.ifPresent(channel -> channel.config().setAutoRead(!pause));
    }

    /** The client wants no more of it. */
    void close() {
        closed = true;
        early.forEach(ByteBuf::release);
        early.clear();
        client.channel().config().setAutoRead(true);
        target.ifPresent(Outbound::close);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (closed || !(message instanceof ByteBuf bytes)) {
            ReferenceCountUtil.release(message);
            return;
        }
        Outbound.send(client, new DefaultSpdyDataFrame(dataStream, bytes));
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (context.channel().isWritable()) {
            client.channel().config().setAutoRead(true);
        }
    }

    /** The port sends no more, but may still listen. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof io.netty.channel.socket.ChannelInputShutdownEvent) {
            endOutput();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        inputEnded = true;
        endOutput();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Outbound.close(context);
    }

    private void endOutput() {
        if (!outputEnded && !closed) {
            outputEnded = true;
            Outbound.send(client, SpdyStreams.last(dataStream, new byte[0]));
        }
        finishIfOver();
    }

    private void finishIfOver() {
        if (outputEnded && inputEnded && !closed) {
            finish("");
        }
    }

    private void fail(Exception failure) {
        if (!closed) {
            Outbound.send(client, SpdyStreams.last(dataStream, new byte[0]));
            finish(
                    "cannot forward to port %d of pod %s: %s"
                            .formatted(port, request.pod(), failure.getMessage()));
        }
    }

    private void finish(String error) {
        whenOver.accept(dataStream);
        Outbound.send(client, SpdyStreams.last(errorStream, error.getBytes(UTF_8)));
        close();
    }
}
