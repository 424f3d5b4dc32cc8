package io.demitasse.daemon.runtime;

import com.google.protobuf.ByteString;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.io.Epoll;
import io.demitasse.linux.io.Pipe;
import io.demitasse.shim.protocol.ExitStatus;
import io.demitasse.shim.protocol.ShimConnection;
import io.demitasse.shim.protocol.ShimMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Collects what a command prints until it has ended and both streams are at their end.
 *
 * <p>A command may leave a process behind that keeps the streams open; it is given a short while
 * after the command's own end. Output beyond 16 MiB per stream is read and dropped, as the kubelet
 * expects; so is what there is no room for because of other commands: what they print is chosen by
 * whoever made their pods.
 *
 * <p><b>Threads.</b> For the thread that made it. Reads the pipes and the connection, owns neither.
 */
final class ExecOutput implements AutoCloseable {
    private static final int MAX_BYTES = 16 << 20;
    private static final int BUFFER_BYTES = 8 << 10;
    private static final int SOURCES = 3;
    private static final Duration LINGER = Duration.ofSeconds(1);
    private static final Duration FOREVER = Duration.ofDays(365);

    private final Epoll epoll = new Epoll(SOURCES);
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final Stream[] streams;
    private final ShimConnection connection;
    private final Semaphore room;
    private int taken;
    private Optional<ExitStatus> status = Optional.empty();

    /** One of the two streams. */
    private static final class Stream {
        private final Pipe pipe;
        private final ByteString.Output content = ByteString.newOutput();
        private boolean open = true;
        private boolean full;

        Stream(Pipe pipe) {
            this.pipe = pipe;
        }
    }

    /** Keeps what there is room for, in bytes: the room of all commands together. */
    ExecOutput(Pipe output, Pipe error, ShimConnection connection, Semaphore room)
            throws SyscallException {
        this.room = room;
        this.streams = new Stream[] {new Stream(output), new Stream(error)};
        this.connection = connection;
        for (int i = 0; i < streams.length; i++) {
            epoll.add(streams[i].pipe.readEnd(), i);
        }
        epoll.add(connection.fd(), streams.length);
    }

    /** {@return how it ended, or nothing if it did not within this time; zero is no limit} */
    Optional<ExitStatus> await(Duration limit) throws IOException {
        long deadline = System.nanoTime() + (limit.isZero() ? FOREVER : limit).toNanos();
        while (status.isEmpty() || streams[0].open || streams[1].open) {
            long left = deadline - System.nanoTime();
            int count = left <= 0 ? 0 : epoll.await(Duration.ofNanos(left));
            if (count == 0) {
                return status;
            }
            boolean wasRunning = status.isEmpty();
            for (int i = 0; i < count; i++) {
                read((int) epoll.data(i));
            }
            if (wasRunning && status.isPresent()) {
                deadline = Math.min(deadline, System.nanoTime() + LINGER.toNanos());
            }
        }
        return status;
    }

    ByteString output() {
        return streams[0].content.toByteString();
    }

    ByteString error() {
        return streams[1].content.toByteString();
    }

    private void read(int source) throws IOException {
        if (source == streams.length) {
            readConnection();
            return;
        }
        var stream = streams[source];
        var count = stream.pipe.read(buffer);
        if (count.isEmpty()) {
            return;
        }
        int bytes = count.getAsInt();
        if (bytes == 0) {
            stream.open = false;
            epoll.remove(stream.pipe.readEnd());
        } else if (!stream.full) {
            keep(stream, bytes);
        }
    }

    private void keep(Stream stream, int bytes) {
        int kept = Math.min(bytes, MAX_BYTES - stream.content.size());
        boolean fits = room.tryAcquire(kept);
        // what comes after something dropped is dropped as well
        stream.full = !fits || kept < bytes;
        if (fits) {
            taken += kept;
            stream.content.write(buffer, 0, kept);
        }
    }

    private void readConnection() throws IOException {
        var message = connection.receive();
        if (message.isEmpty()) {
            return;
        }
        switch (message.get()) {
            case ShimMessage.Exited(var ended) -> {
                status = Optional.of(ended);
                epoll.remove(connection.fd());
            }
            case ShimMessage.Disconnected() ->
                    throw new IOException("the shim of the command ended before it");
            default -> {}
        }
    }

    @Override
    public void close() {
        room.release(taken);
        epoll.close();
    }
}
