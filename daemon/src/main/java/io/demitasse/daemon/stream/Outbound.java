package io.demitasse.daemon.stream;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundInvoker;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What is done to a connection without waiting for it. If it fails, the connection ends, and
 * whoever has it is told by {@code channelInactive}.
 */
final class Outbound {
    /** How long what was sent may wait for somebody to take it, when nothing more will come. */
    static final long GOODBYE_SECONDS = 10;

    /** More than what a session sends ahead, by what a client may ask for without reading. */
    private static final long MAX_UNREAD_BYTES = 1 << 20;

    private Outbound() {}

    static void send(ChannelOutboundInvoker to, Object message) {
        var _ = to.writeAndFlush(message);
    }

    /** Reads from a connection or does not, as it is right when the network thread is at it. */
    static void readIf(Channel connection, BooleanSupplier wanted) {
        if (connection.eventLoop().inEventLoop()) {
            connection.config().setAutoRead(wanted.getAsBoolean());
        } else {
            connection.eventLoop().execute(() -> readIf(connection, wanted));
        }
    }

    static void close(ChannelOutboundInvoker connection) {
        var _ = connection.close();
    }

    /**
     * Sends what a client's frame demands, whether or not the client reads. One that goes on to
     * demand and does not read loses its connection.
     */
    static void answer(ChannelHandlerContext to, Object message) {
        if (to.channel().bytesBeforeWritable() > MAX_UNREAD_BYTES) {
            ReferenceCountUtil.release(message);
            close(to);
        } else {
            send(to, message);
        }
    }

    /** Closes a while from now: whoever closes first might lose what the other has not read. */
    static void closeLater(Channel connection) {
        var _ =
                connection
                        .eventLoop()
                        .schedule(() -> close(connection), GOODBYE_SECONDS, TimeUnit.SECONDS);
    }

    /** Closes when all that was sent is gone, or the other does not take it for a while. */
    static void closeWhenSent(Channel connection) {
        var _ =
                connection
                        .writeAndFlush(Unpooled.EMPTY_BUFFER)
                        .addListener(ChannelFutureListener.CLOSE);
        closeLater(connection);
    }

    /** Shuts our side when all that was sent is gone: Netty throws away what waits by then. */
    static void endOutput(SocketChannel connection, Runnable afterwards) {
        ChannelFutureListener shut =
                _ -> {
                    var _ = connection.shutdownOutput();
                    afterwards.run();
                };
        var _ = connection.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(shut);
    }
}
