package io.demitasse.daemon.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Closes a connection in whose pipeline it still is after a time. */
public final class Deadline extends ChannelInboundHandlerAdapter {
    private final long seconds;
    private Optional<Future<?>> end = Optional.empty();

    Deadline(long seconds) {
        this.seconds = seconds;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        end =
                Optional.of(
                        context.executor()
                                .schedule(
                                        () -> {
                                            var _ = context.close();
                                        },
                                        seconds,
                                        TimeUnit.SECONDS));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        end.ifPresent(scheduled -> scheduled.cancel(false));
    }
}
