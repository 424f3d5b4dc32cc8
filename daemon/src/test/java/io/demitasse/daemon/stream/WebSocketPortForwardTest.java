package io.demitasse.daemon.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.linux.Fd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client of many ports, of which none answers yet. */
@Timeout(60)
class WebSocketPortForwardTest {
    private static final int PORTS = 100;
    private static final int MOST_ATTEMPTS = 32;
    private static final int PIECE_BYTES = 64 << 10;

    private final CountDownLatch answered = new CountDownLatch(1);
    private final AtomicInteger connecting = new AtomicInteger();
    private final EmbeddedChannel client =
            new EmbeddedChannel(
                    new WebSocketPortForward(
                            new StreamRequest.PortForward("pod", List.of(), this::connect),
                            Collections.nCopies(PORTS, 80),
                            ChannelEncoding.BINARY));

    private Fd connect(int port) throws IOException {
        connecting.incrementAndGet();
        try {
            answered.await();
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
        throw new IOException("refused at last");
    }

    @BeforeEach
    void open() {
        client.pipeline().fireUserEventTriggered(ProtocolReady.INSTANCE);
    }

    @AfterEach
    void close() {
        answered.countDown();
        client.finishAndReleaseAll();
    }

    @Test
    void shouldHaveFewThreadsThatWaitForPorts() {
        awaitAttempts(MOST_ATTEMPTS);
        client.runPendingTasks();
        assertThat(connecting).hasValue(MOST_ATTEMPTS);

        answered.countDown();
        awaitAttempts(PORTS);
    }

    private void awaitAttempts(int count) {
        while (connecting.get() < count) {
            client.runPendingTasks();
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void shouldReadNoMoreForAPortThatDoesNotAnswer() {
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
                WebSocketSignal.MESSAGE_BEGINS, Unpooled.wrappedBuffer(new byte[1 + PIECE_BYTES]));
    }

    @Test
    void shouldKeepNothingOfAClientThatLeftForAPortThatRefuses() {
        var memory = new UnpooledByteBufAllocator(false);
        send(memory);
        assertThat(memory.metric().usedHeapMemory()).isPositive();
        client.pipeline().fireChannelInactive();

        answered.countDown();

        awaitNothingKept(memory);
    }

    @Test
    void shouldKeepNothingForLongOfAClientThatLeftForAPortThatDoesNotAnswer() {
        var memory = new UnpooledByteBufAllocator(false);
        client.freezeTime();
        send(memory);
        client.pipeline().fireChannelInactive();
        client.advanceTimeBy(9, TimeUnit.SECONDS);
        client.runScheduledPendingTasks();
        assertThat(memory.metric().usedHeapMemory()).isPositive();

        client.advanceTimeBy(1, TimeUnit.SECONDS);
        client.runScheduledPendingTasks();

        assertThat(memory.metric().usedHeapMemory()).isZero();
    }

    private void send(ByteBufAllocator memory) {
        client.writeInbound(
                WebSocketSignal.MESSAGE_BEGINS, memory.buffer().writeZero(1 + PIECE_BYTES));
    }

    private void awaitNothingKept(UnpooledByteBufAllocator memory) {
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (memory.metric().usedHeapMemory() > 0 && System.nanoTime() < patience) {
            client.runPendingTasks();
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(memory.metric().usedHeapMemory()).isZero();
    }

    @Test
    void shouldCloseAfterTheLastErrorAndSayNothingMore() {
        answered.countDown();
        var said = new ArrayList<Object>();
        while (!said.contains(WebSocketSignal.CLOSE)) {
            client.runPendingTasks();
            Object next = client.readOutbound();
            if (next == null) {
                LockSupport.parkNanos(1_000_000);
            } else {
                said.add(next instanceof ByteBuf bytes ? bytes.toString(US_ASCII) : next);
            }
        }

        assertThat(said).hasSize(3 * PORTS + 1);
        assertThat(said.subList(0, 3)).containsExactly("\0P\0", "\1P\0", "\2P\0");
        assertThat(said).contains("\1cannot forward to port 80 of pod pod: refused at last");
        assertThat(said.getLast()).isEqualTo(WebSocketSignal.CLOSE);
    }
}
