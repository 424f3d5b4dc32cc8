package io.demitasse.shim.protocol;

import io.demitasse.linux.Fd;
import io.demitasse.linux.process.Pidfd;
import io.demitasse.linux.socket.Packet;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Optional;

/**
 * The layout of messages: version and type of 32 bits, five values of 64, little-endian, as {@code
 * struct message} in {@code protocol.h}. Missing values are zero.
 */
final class MessageFormat {
    static final int VERSION = 1;
    static final int BYTES = 48;

    /** Room for messages of later versions. */
    static final int MAX_BYTES = 256;

    static final int HELLO = 1;
    static final int STARTED = 2;
    static final int FAILED = 3;
    static final int EXITED = 4;
    static final int ACKNOWLEDGED = 5;
    static final int READY = 6;
    static final int ATTACHED = 7;
    static final int REOPEN_LOG = 16;
    static final int RESIZE = 17;
    static final int ATTACH = 19;
    static final int CLOSE_INPUT = 20;
    static final int GIVE_UP = 21;
    static final int DESCRIPTORS = 22;

    private static final int RUNNING = 0;
    private static final int EXITED_NORMALLY = 1;

    private MessageFormat() {}

    static byte[] request(int type, long... values) {
        var buffer = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(VERSION).putInt(type);
        for (long value : values) {
            buffer.putLong(value);
        }
        return buffer.array();
    }

    /** Takes the descriptors that the message needs, closes those it does not know. */
    static ShimMessage parse(Packet packet) {
        if (packet.isEnd()) {
            return new ShimMessage.Disconnected();
        }
        var buffer = ByteBuffer.allocate(MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(packet.bytes()).clear();
        int type = buffer.getInt(Integer.BYTES);
        var message = parse(buffer, type, packet);
        switch (message) {
            case ShimMessage.Hello _, ShimMessage.Started _, ShimMessage.Attached _ -> {}
            default -> packet.close();
        }
        return message;
    }

    private static ShimMessage parse(ByteBuffer buffer, int type, Packet packet) {
        return switch (type) {
            case HELLO ->
                    new ShimMessage.Hello(
                            buffer.getInt(0),
                            (int) value(buffer, 0),
                            Pidfd.owning(packet.fds().getFirst()),
                            ExitFile.instant(value(buffer, 1)),
                            exit(buffer, 2));
            case STARTED ->
                    new ShimMessage.Started(
                            (int) value(buffer, 0),
                            Pidfd.owning(packet.fds().getFirst()),
                            ExitFile.instant(value(buffer, 1)),
                            terminal(packet));
            case FAILED ->
                    new ShimMessage.Failed(
                            (int) value(buffer, 0), (int) value(buffer, 1), (int) value(buffer, 2));
            case EXITED -> new ShimMessage.Exited(exit(buffer, 0).orElseThrow());
            case ACKNOWLEDGED ->
                    new ShimMessage.Acknowledged((int) value(buffer, 0), (int) value(buffer, 1));
            case ATTACHED ->
                    new ShimMessage.Attached(
                            (int) value(buffer, 0), packet.fds().stream().findFirst());
            default -> new ShimMessage.Unknown(type);
        };
    }

    private static Optional<Fd> terminal(Packet packet) {
        return packet.fds().size() > 1 ? Optional.of(packet.fds().get(1)) : Optional.empty();
    }

    private static Optional<ExitStatus> exit(ByteBuffer buffer, int first) {
        int state = (int) value(buffer, first);
        int code = (int) value(buffer, first + 1);
        Instant finishedAt = ExitFile.instant(value(buffer, first + 2));
        if (state == RUNNING) {
            return Optional.empty();
        }
        return Optional.of(
                state == EXITED_NORMALLY
                        ? new ExitStatus.Exited(code, finishedAt)
                        : new ExitStatus.Signaled(code, finishedAt));
    }

    private static long value(ByteBuffer buffer, int index) {
        return buffer.getLong(2 * Integer.BYTES + index * Long.BYTES);
    }
}
