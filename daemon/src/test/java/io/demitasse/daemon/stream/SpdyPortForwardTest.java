package io.demitasse.daemon.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that want more than there is. */
@Timeout(60)
class SpdyPortForwardTest {
    private static final int DATA = 3;
    private static final int FRAME_BYTES = 64 << 10;
    private static final int MORE_THAN_ALLOWED = 3_000;

    private final CountDownLatch answered = new CountDownLatch(1);
    private final AtomicInteger connecting = new AtomicInteger();
    private final EmbeddedChannel client =
            new EmbeddedChannel(
                    new SpdyPortForward(
                            new StreamRequest.PortForward(
                                    "pod",
                                    List.of(),
                                    _ -> {
                                        connecting.incrementAndGet();
                                        await(answered);
                                        throw new IOException("refused at last");
                                    })));

    @AfterEach
    void close() {
        answered.countDown();
        client.finishAndReleaseAll();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    private void open(int stream, String type, int request) {
        var frame = new DefaultSpdySynStreamFrame(stream, 0, (byte) 0);
        frame.headers().set("streamtype", type).set("requestid", Integer.toString(request));
        frame.headers().set("port", "80");
        client.writeInbound(frame);
    }

    @Test
    void shouldReadNoMoreForAPortThatDoesNotAnswer() throws Exception {
        open(1, "error", 1);
        open(DATA, "data", 1);

        for (int i = 0; i < 4; i++) {
            send();
        }
        assertThat(client.config().isAutoRead()).isTrue();
        send();
        assertThat(client.config().isAutoRead()).isFalse();

        answered.countDown();
        while (!client.config().isAutoRead()) {
            client.runPendingTasks();
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void send() {
        client.writeInbound(
                new DefaultSpdyDataFrame(DATA, Unpooled.wrappedBuffer(new byte[FRAME_BYTES])));
    }

    @Test
    void shouldHaveFewThreadsThatWaitForPorts() throws Exception {
        for (int i = 0; i < 100; i++) {
            open(4 * i + 1, "error", i);
            open(4 * i + 3, "data", i);
        }
        while (connecting.get() < 32) {
            LockSupport.parkNanos(1_000_000);
        }
        client.runPendingTasks();
        assertThat(connecting).hasValue(32);

        answered.countDown();
        while (connecting.get() < 100) {
            client.runPendingTasks();
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void shouldRefuseConnectionsWithoutEnd() {
        for (int i = 0; i < MORE_THAN_ALLOWED; i++) {
            open(2 * i + 1, "error", i);
        }

        assertThat(client.outboundMessages().stream().filter(SpdyRstStreamFrame.class::isInstance))
                .hasSize(1_000);
    }
}
