package io.demitasse.daemon.stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundInvoker;
import io.netty.channel.socket.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * What is done to a connection without waiting for it. If it fails, the connection ends, and
 * whoever has it is told by {@code channelInactive}.
 */
final class Outbound {
    private static final long GOODBYE_SECONDS = 10;

    private Outbound() {}

    static void send(ChannelOutboundInvoker to, Object message) {
        var _ = to.writeAndFlush(message);
    }

    static void close(ChannelOutboundInvoker connection) {
        var _ = connection.close();
    }

    static void sendLast(ChannelOutboundInvoker to, Object message) {
        var _ = to.writeAndFlush(message).addListener(ChannelFutureListener.CLOSE);
    }

    /** Closes a while from now: whoever closes first might lose what the other has not read. */
    static void closeLater(Channel connection) {
        var _ =
                connection
                        .eventLoop()
                        .schedule(() -> close(connection), GOODBYE_SECONDS, TimeUnit.SECONDS);
    }

    static void endOutput(SocketChannel connection) {
        var _ = connection.shutdownOutput();
    }
}
