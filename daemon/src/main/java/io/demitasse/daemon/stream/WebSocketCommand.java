package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.linux.SyscallException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;

/** A command over a WebSocket: the first byte of each message names its channel. */
final class WebSocketCommand extends SimpleChannelInboundHandler<Object> implements CommandClient {
    private static final int STDIN = 0;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int STATUS = 3;
    private static final int RESIZE = 4;
    private static final int CLOSE = 255;
    private static final int NOT_NAMED_YET = -1;

    private final CommandSession session;
    private final StreamRequest.CommandStreams wanted;
    private final String protocol;
    private final Channel channel;
    private final ResizeReader sizes = new ResizeReader();
    private int target = NOT_NAMED_YET;
    private boolean began;

    WebSocketCommand(StreamRequest.Command request, String protocol, Channel channel)
            throws SyscallException {
        this.wanted = request.streams();
        this.protocol = protocol;
        this.channel = channel;
        session = new CommandSession(request, this);
    }

    /** An empty message first: clients wait for it to know that somebody is there. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == ProtocolReady.INSTANCE && !began) {
            began = true;
            send(wanted.output() ? STDOUT : wanted.error() ? STDERR : STATUS, new byte[0]);
            session.start();
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Object message) {
        if (message == WebSocketSignal.MESSAGE_BEGINS) {
            target = NOT_NAMED_YET;
        } else if (message instanceof ByteBuf piece) {
            received(piece);
        }
    }

    /** A message may come in pieces, and the first one has at least a byte. */
    private void received(ByteBuf piece) {
        if (target == NOT_NAMED_YET) {
            target = piece.readUnsignedByte();
        }
        var bytes = ByteBufUtil.getBytes(piece);
        switch (target) {
            case STDIN -> {
                if (bytes.length > 0) {
                    session.input(bytes);
                }
            }
            case RESIZE -> sizes.read(bytes, session::resize);
            case CLOSE -> {
                if (bytes.length > 0 && bytes[0] == STDIN) {
                    session.inputEnd();
                }
            }
            default -> {}
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        session.writable();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (began) {
            session.gone();
        } else {
            session.discard();
        }
    }

    @Override
    public void output(byte[] bytes) {
        send(STDOUT, bytes);
    }

    @Override
    public void error(byte[] bytes) {
        send(STDERR, bytes);
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void readOrNot() {
        Outbound.readIf(channel, session::takesInput);
    }

    @Override
    public void end(CommandResult result) {
        boolean structured = protocol.startsWith("v5.") || protocol.startsWith("v4.");
        var text = structured ? result.json() : result.text();
        if (!text.isEmpty()) {
            send(STATUS, text.getBytes(UTF_8));
        }
        Outbound.send(channel, WebSocketSignal.CLOSE);
        channel.config().setAutoRead(true);
        Outbound.closeLater(channel);
    }

    private void send(int from, byte[] bytes) {
        Outbound.send(channel, Unpooled.wrappedBuffer(new byte[] {(byte) from}, bytes));
    }

    /** Anything wrong with one connection concerns that one only. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Outbound.close(context);
    }
}
