package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
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

/**
 * One connection to a port of a pod, and the two streams of a client that are its other end.
 *
 * <p><b>Threads.</b> Belongs to the network thread; only connecting, which blocks and enters the
 * pod's network namespace, is done by a thread of its own.
 */
final class ForwardedConnection extends ChannelInboundHandlerAdapter {
    /** A port that accepts nobody is waited for as long as TCP tries. */
    private static final int MAX_EARLY_BYTES = 300 << 10;

    /** A byte that comes alone takes as much memory as many that come together. */
    private static final int PIECE_OVERHEAD_BYTES = 256;

    private final ChannelHandlerContext client;
    private final StreamRequest.PortForward request;
    private final int port;
    private final int dataStream;
    private final int errorStream;
    private final Owner owner;
    private final Deque<ByteBuf> early = new ArrayDeque<>();
    private Optional<SocketChannel> target = Optional.empty();
    private int earlyBytes;
    private boolean inputEnded;
    private boolean outputEnded;
    private boolean closed;

    /** Who has all connections of a client. */
    interface Owner {
        /** The thread that {@link #open} began has ended. */
        void connectingEnded();

        /** This one takes no more bytes of the client, or does again. */
        void full(ForwardedConnection connection, boolean isFull);

        /** {@return whether there is one that takes no more} */
        boolean isAnyFull();

        /** The connection with this data stream is no more. */
        void over(int stream);
    }

    ForwardedConnection(
            ChannelHandlerContext client,
            StreamRequest.PortForward request,
            int port,
            int dataStream,
            int errorStream,
            Owner owner) {
        this.client = client;
        this.request = request;
        this.port = port;
        this.dataStream = dataStream;
        this.errorStream = errorStream;
        this.owner = owner;
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
        owner.connectingEnded();
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
        for (var bytes = early.poll(); bytes != null; bytes = early.poll()) {
            Outbound.send(channel, bytes);
        }
        if (inputEnded) {
            Outbound.endOutput(channel);
        }
        readOrNot();
    }

    /**
     * Sends bytes of the client to the port. A copy: they are a part of a buffer that is larger.
     */
    void send(ByteBuf bytes) {
        if (closed || inputEnded) {
            return;
        }
        if (target.isEmpty()) {
            early.add(bytes.copy());
            earlyBytes += bytes.readableBytes() + PIECE_OVERHEAD_BYTES;
        } else {
            Outbound.send(target.get(), bytes.copy());
        }
        readOrNot();
    }

    /** The client is read from while all of its ports take what it sends. */
    private void readOrNot() {
        boolean isFull =
                target.map(channel -> !channel.isWritable()).orElse(earlyBytes > MAX_EARLY_BYTES);
        owner.full(this, isFull && !closed);
        client.channel().config().setAutoRead(!owner.isAnyFull());
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
        readOrNot();
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
        readOrNot();
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
        owner.connectingEnded();
        if (!closed) {
            Outbound.answer(client, SpdyStreams.last(dataStream, new byte[0]));
            finish(
                    "cannot forward to port %d of pod %s: %s"
                            .formatted(port, request.pod(), failure.getMessage()));
        }
    }

    private void finish(String error) {
        owner.over(dataStream);
        Outbound.answer(client, SpdyStreams.last(errorStream, error.getBytes(UTF_8)));
        close();
    }
}
