package io.demitasse.daemon.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One connection to a port of a pod, whose other end is a {@link PortClient}.
 *
 * <p><b>Threads.</b> Belongs to the network thread; only connecting, which blocks and enters the
 * pod's network namespace, is done by a thread of its own.
 */
final class ForwardedConnection extends ChannelInboundHandlerAdapter {
    /** A port that accepts nobody is waited for as long as TCP tries. */
    private static final int MAX_EARLY_BYTES = 300 << 10;

    /** A byte that comes alone takes as much memory as many that come together. */
    private static final int PIECE_OVERHEAD_BYTES = 256;

    private static final int IDLE_SECONDS = 1;

    private final ChannelHandlerContext client;
    private final int port;
    private final int number;
    private final PortClient end;
    private final ForwardedConnections owner;
    private final Deque<ByteBuf> early = new ArrayDeque<>();
    private Optional<SocketChannel> target = Optional.empty();
    private int earlyBytes;
    private long piecesSent;
    private boolean inputEnds;
    private boolean inputEnded;
    private boolean outputEnded;
    private boolean closed;

    ForwardedConnection(
            ChannelHandlerContext client,
            int port,
            int number,
            PortClient end,
            ForwardedConnections owner) {
        this.client = client;
        this.port = port;
        this.number = number;
        this.end = end;
        this.owner = owner;
    }

    /** Connects to the port. */
    void open(StreamRequest.PortForward request) {
        Thread.ofPlatform().name("port-forward").daemon().start(() -> connect(request));
    }

    private void connect(StreamRequest.PortForward request) {
        try {
            var socket = request.connector().connect(port);
            client.executor().execute(() -> connected(socket.surrender()));
        } catch (IOException | RuntimeException failure) {
            var sentence =
                    "cannot forward to port %d of pod %s: %s"
                            .formatted(port, request.pod(), failure.getMessage());
            client.executor().execute(() -> fail(sentence));
        }
    }

    private void connected(int fd) {
        owner.connectingEnded();
        var channel = new EpollSocketChannel(fd);
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        channel.pipeline().addLast(this);
        target = Optional.of(channel);
        if (closed && early.isEmpty()) {
            channel.unsafe().closeForcibly();
            return;
        }
        var _ = client.channel().eventLoop().register(channel);
        pause(!client.channel().isWritable());
        for (var bytes = early.poll(); bytes != null; bytes = early.poll()) {
            Outbound.send(channel, bytes);
        }
        if (closed) {
            Outbound.closeWhenSent(channel);
        } else if (inputEnds) {
            shutInput(channel);
        }
        readOrNot();
    }

    /**
     * Sends bytes of the client to the port. A copy: they are a part of a buffer that is larger.
     */
    void send(ByteBuf bytes) {
        if (closed || inputEnds) {
            return;
        }
        piecesSent++;
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
        inputEnds = true;
        target.ifPresent(this::shutInput);
    }

    /** It has ended when the port's side of the socket has taken all of it. */
    private void shutInput(SocketChannel channel) {
        Outbound.endOutput(
                channel,
                () -> {
                    inputEnded = true;
                    finishIfOver();
                });
    }

    /** The client cannot say that it sends no more: a second without a byte says it. */
    void endInputWhenIdle() {
        long before = piecesSent;
        var _ =
                client.executor()
                        .schedule(
                                () -> {
                                    if (piecesSent == before) {
                                        endInput();
                                    } else {
                                        endInputWhenIdle();
                                    }
                                },
                                IDLE_SECONDS,
                                TimeUnit.SECONDS);
    }

    /** Stops reading from the port, or goes on. */
    void pause(boolean pause) {
        target.ifPresent(channel -> channel.config().setAutoRead(!pause));
    }

    /** The client is gone: the port still gets what it has sent, if it takes it in a while. */
    void leave() {
        closed = true;
        target.ifPresentOrElse(Outbound::closeWhenSent, this::forgetLater);
    }

    private void forgetLater() {
        var _ =
                client.executor()
                        .schedule(this::forget, Outbound.GOODBYE_SECONDS, TimeUnit.SECONDS);
    }

    /** Nobody will take what waits for the connection. */
    private void forget() {
        early.forEach(ByteBuf::release);
        early.clear();
    }

    /** The client wants no more of it. */
    void close() {
        closed = true;
        forget();
        readOrNot();
        target.ifPresent(Outbound::close);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (closed || !(message instanceof ByteBuf bytes)) {
            ReferenceCountUtil.release(message);
            return;
        }
        end.data(bytes);
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
            end.dataEnd();
        }
        finishIfOver();
    }

    private void finishIfOver() {
        if (outputEnded && inputEnded && !closed) {
            finish("");
        }
    }

    private void fail(String sentence) {
        owner.connectingEnded();
        forget();
        if (!closed) {
            outputEnded = true;
            end.dataEnd();
            finish(sentence);
        }
    }

    private void finish(String failure) {
        owner.over(number);
        end.over(failure);
        close();
    }
}
