package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.demitasse.linux.SyscallException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.spdy.SpdyHeaders;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** A command over SPDY: the client opens a stream for each direction, then the command begins. */
final class SpdyCommand extends SpdyStreams implements CommandClient {
    private static final long STREAMS_SECONDS = 30;

    private final CommandSession session;
    private final SubProtocol protocol;
    private final Channel channel;
    private final Set<String> awaited = new TreeSet<>();
    private final Map<String, Integer> streams = new HashMap<>();
    private final Map<Integer, String> types = new HashMap<>();
    private final ResizeReader sizes = new ResizeReader();
    private boolean began;

    SpdyCommand(StreamRequest.Command request, SubProtocol protocol, Channel channel)
            throws SyscallException {
        this.protocol = protocol;
        this.channel = channel;
        session = new CommandSession(request, this);
        var wanted = request.streams();
        awaited.add("error");
        addIf(wanted.input(), "stdin");
        addIf(wanted.output(), "stdout");
        addIf(wanted.error(), "stderr");
        addIf(wanted.terminal() && hasResize(), "resize");
    }

    private void addIf(boolean wanted, String type) {
        if (wanted) {
            awaited.add(type);
        }
    }

    private boolean hasResize() {
        return protocol == SubProtocol.V3 || protocol == SubProtocol.V4;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == ProtocolReady.INSTANCE) {
            var _ =
                    context.executor()
                            .schedule(
                                    () -> closeUnlessBegun(context),
                                    STREAMS_SECONDS,
                                    TimeUnit.SECONDS);
        }
    }

    private void closeUnlessBegun(ChannelHandlerContext context) {
        if (!began) {
            Outbound.close(context);
        }
    }

    @Override
    void opened(ChannelHandlerContext context, int stream, SpdyHeaders headers) {
        var type = header(headers, "streamtype");
        if (!awaited.remove(type)) {
            refuse(context, stream);
            return;
        }
        // read by the session's thread, which begins after the last one was put
        streams.put(type, stream);
        types.put(stream, type);
        if (awaited.isEmpty()) {
            began = true;
            session.start();
        }
    }

    @Override
    void received(ChannelHandlerContext context, int stream, ByteBuf bytes) {
        switch (types.getOrDefault(stream, "")) {
            case "stdin" -> session.input(ByteBufUtil.getBytes(bytes));
            case "resize" -> sizes.read(ByteBufUtil.getBytes(bytes), session::resize);
            default -> {}
        }
    }

    @Override
    void ended(ChannelHandlerContext context, int stream) {
        if ("stdin".equals(types.get(stream))) {
            session.inputEnd();
        }
    }

    @Override
    void reset(ChannelHandlerContext context, int stream) {
        ended(context, stream);
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
        send("stdout", bytes, false);
    }

    @Override
    public void error(byte[] bytes) {
        send("stderr", bytes, false);
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void readOrNot() {
        Outbound.readIf(channel, session::takesInput);
    }

    /** The client closes when it has read all ends; if we did first, it might lose some. */
    @Override
    public void end(CommandResult result) {
        send("stdout", new byte[0], true);
        send("stderr", new byte[0], true);
        send("error", protocol.status(result).getBytes(UTF_8), true);
        channel.config().setAutoRead(true);
        Outbound.closeLater(channel);
    }

    private void send(String type, byte[] bytes, boolean isLast) {
        var stream = streams.get(type);
        if (stream != null) {
            Outbound.send(channel, isLast ? last(stream, bytes) : data(stream, bytes));
        }
    }
}
