package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.linux.SyscallException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;

/** A command over the channels of a WebSocket. */
final class WebSocketCommand extends WebSocketChannels implements CommandClient {
    private static final int STDIN = 0;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int STATUS = 3;
    private static final int RESIZE = 4;
    private static final int CLOSE = 255;

    private final CommandSession session;
    private final StreamRequest.CommandStreams wanted;
    private final SubProtocol protocol;
    private final Channel channel;
    private final ResizeReader sizes = new ResizeReader();
    private boolean began;

    WebSocketCommand(StreamRequest.Command request, SubProtocol protocol, Channel channel)
            throws SyscallException {
        super(protocol.encoding());
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
    void received(ChannelHandlerContext context, int from, ByteBuf piece) {
        var bytes = ByteBufUtil.getBytes(piece);
        switch (from) {
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
        var text = protocol.status(result);
        if (!text.isEmpty()) {
            send(STATUS, text.getBytes(UTF_8));
        }
        finish(channel);
    }

    private void send(int to, byte[] bytes) {
        Outbound.send(channel, message(to, bytes));
    }
}
