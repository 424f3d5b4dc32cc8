package io.demitasse.conformance.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands before a server, counts what that sends, and cuts each connection after so many bytes.
 *
 * <p>Once it has let through a given number in all, it holds what follows until it is released: so
 * that a test knows what the client can have.
 */
final class CuttingProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 14;

    private final ServerSocket listening;
    private final int serverPort;
    private final long bytesPerConnection;
    private final long holdAt;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicInteger cuts = new AtomicInteger();
    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final List<Socket> open = new CopyOnWriteArrayList<>();

    CuttingProxy(int serverPort, long bytesPerConnection, long holdAt) throws IOException {
        this.serverPort = serverPort;
        this.bytesPerConnection = bytesPerConnection;
        this.holdAt = holdAt;
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    long sent() {
        return sent.get();
    }

    int cuts() {
        return cuts.get();
    }

    void awaitHeld() throws InterruptedException {
        held.await();
    }

    void release() {
        released.countDown();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                var client = listening.accept();
                var server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
                open.addAll(List.of(client, server));
                Thread.ofVirtual().start(() -> copy(client, server, false));
                Thread.ofVirtual().start(() -> copy(server, client, true));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void copy(Socket from, Socket to, boolean counted) {
        try (from;
                to) {
            var buffer = new byte[BUFFER_BYTES];
            var in = from.getInputStream();
            var out = to.getOutputStream();
            long left = counted ? bytesPerConnection : Long.MAX_VALUE;
            while (left > 0) {
                int count = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (count < 0) {
                    return;
                }
                if (counted) {
                    awaitRelease();
                    sent.addAndGet(count);
                }
                out.write(buffer, 0, count);
                left -= count;
            }
            cuts.incrementAndGet();
        } catch (IOException ended) {
            return;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitRelease() throws InterruptedException {
        if (sent.get() >= holdAt) {
            held.countDown();
            released.await();
        }
    }

    @Override
    public void close() throws IOException {
        release();
        listening.close();
        for (var socket : open) {
            socket.close();
        }
    }
}
