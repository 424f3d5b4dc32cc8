package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.List;

/**
 * Connections to ports of a pod over the channels of a WebSocket: each port has one for data and
 * the next one for errors.
 *
 * <p>Nothing in this protocol ends a single channel. What a port sent has ended when the server
 * closes, which it does when all ports have ended.
 */
final class WebSocketPortForward extends WebSocketChannels {
    private final List<Integer> ports;
    private final ForwardedConnections connections;
    private int open;

    WebSocketPortForward(
            StreamRequest.PortForward request, List<Integer> ports, ChannelEncoding encoding) {
        super(encoding);
        this.ports = ports;
        connections = new ForwardedConnections(request);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == ProtocolReady.INSTANCE && open == 0) {
            open = ports.size();
            for (int i = 0; i < open; i++) {
                begin(context, 2 * i, ports.get(i));
            }
        }
    }

    /** Each channel begins with its port, as two bytes of which the lower one comes first. */
    private void begin(ChannelHandlerContext context, int data, int port) {
        var number = new byte[] {(byte) port, (byte) (port >>> 8)};
        Outbound.send(context, message(data, number));
        Outbound.send(context, message(data + 1, number));
        connections.open(context, data, port, new Pair(context, data));
    }

    /** The two channels of a port. */
    private final class Pair implements PortClient {
        private final ChannelHandlerContext context;
        private final int number;

        Pair(ChannelHandlerContext context, int number) {
            this.context = context;
            this.number = number;
        }

        @Override
        public void data(ByteBuf bytes) {
            Outbound.send(context, message(number, bytes));
        }

        @Override
        public void dataEnd() {
            connections.endInputWhenIdle(number);
        }

        @Override
        public void over(String failure) {
            if (!failure.isEmpty()) {
                Outbound.answer(context, message(number + 1, failure.getBytes(UTF_8)));
            }
            open--;
            if (open == 0) {
                finish(context.channel());
            }
        }
    }

    @Override
    void received(ChannelHandlerContext context, int from, ByteBuf bytes) {
        connections.send(from, bytes);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        connections.pause(!context.channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        connections.leaveAll();
    }
}
