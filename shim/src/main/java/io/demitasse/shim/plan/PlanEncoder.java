package io.demitasse.shim.plan;

import io.demitasse.linux.Fd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToLongFunction;

/**
 * Writes a plan: the table of operations grows at its place, the blobs behind it.
 *
 * <p><b>Threads.</b> Confined to the one that encodes.
 */
final class PlanEncoder {
    private final Map<Fd, Integer> fds = new LinkedHashMap<>();
    private ByteBuffer buffer;
    private int end;
    private int operation = -1;
    private int argument;
    private OperationCode code = OperationCode.CLONE;

    PlanEncoder(int operations) {
        end = PlanLayout.HEADER_BYTES + operations * PlanLayout.OPERATION_BYTES;
        buffer = ByteBuffer.allocate(end + 4096).order(ByteOrder.LITTLE_ENDIAN);
    }

    EncodedPlan encode(LaunchPlan plan) {
        plan.operations().forEach(step -> step.encode(this));
        complete();
        encodeMonitor(plan.monitor());
        var streams = plan.streams();
        buffer.putInt(PlanLayout.STREAMS, stream(streams.input()));
        buffer.putInt(PlanLayout.STREAMS + 4, stream(streams.output()));
        buffer.putInt(PlanLayout.STREAMS + 8, stream(streams.error()));
        buffer.putInt(0, PlanLayout.MAGIC);
        buffer.putInt(4, PlanLayout.VERSION);
        buffer.putInt(PlanLayout.SIZE, end);
        buffer.putInt(PlanLayout.OPERATIONS, plan.operations().size());
        buffer.putInt(PlanLayout.FDS, fds.size());
        return new EncodedPlan(Arrays.copyOf(buffer.array(), end), List.copyOf(fds.keySet()));
    }

    private void encodeMonitor(Monitor monitor) {
        int kind =
                switch (monitor) {
                    case Monitor.None() -> PlanLayout.MONITOR_NONE;
                    case Monitor.Exec() -> PlanLayout.MONITOR_EXEC;
                    case Monitor.Container _ -> PlanLayout.MONITOR_CONTAINER;
                };
        boolean container = kind == PlanLayout.MONITOR_CONTAINER;
        buffer.putInt(PlanLayout.MONITOR, kind);
        buffer.putInt(PlanLayout.DIRECTORY, PlanLayout.NO_FD);
        buffer.putInt(PlanLayout.LOG, PlanLayout.NO_FD);
        if (container && monitor instanceof Monitor.Container(var directory, var log)) {
            buffer.putInt(PlanLayout.DIRECTORY, index(directory));
            buffer.putInt(PlanLayout.LOG, index(log));
        }
    }

    private int stream(StandardStream stream) {
        return switch (stream) {
            case StandardStream.Null() -> PlanLayout.NO_FD;
            case StandardStream.Logged(), StandardStream.Held() -> PlanLayout.LOGGED;
            case StandardStream.Passed(var fd) -> index(fd);
        };
    }

    PlanEncoder begin(OperationCode next) {
        complete();
        operation++;
        argument = 0;
        code = next;
        buffer.putInt(entry(), next.number());
        return this;
    }

    private void complete() {
        if (operation >= 0 && argument != code.arguments().length()) {
            throw new IllegalStateException(code + " takes arguments " + code.arguments());
        }
    }

    private int entry() {
        return PlanLayout.HEADER_BYTES + operation * PlanLayout.OPERATION_BYTES;
    }

    private void put(char kind, long value) {
        if (argument >= code.arguments().length() || code.arguments().charAt(argument) != kind) {
            throw new IllegalStateException(code + " takes arguments " + code.arguments());
        }
        buffer.putLong(entry() + 8 + argument * Long.BYTES, value);
        argument++;
    }

    PlanEncoder number(long value) {
        put('n', value);
        return this;
    }

    PlanEncoder fd(Fd fd) {
        put('f', index(fd));
        return this;
    }

    PlanEncoder optionalFd(Optional<Fd> fd) {
        put('o', fd.map(this::index).orElse(PlanLayout.NO_FD));
        return this;
    }

    PlanEncoder text(String text) {
        put('t', appendText(text));
        return this;
    }

    PlanEncoder bytes(byte[] bytes) {
        align();
        put('b', append(bytes, bytes.length));
        return this;
    }

    PlanEncoder texts(List<String> texts) {
        return vector(texts.size(), i -> appendText(texts.get(i)));
    }

    /** As texts, of bytes that need not be UTF-8. */
    PlanEncoder words(List<ByteBuffer> words) {
        return vector(words.size(), i -> appendWord(words.get(i)));
    }

    private PlanEncoder vector(int count, IntToLongFunction append) {
        align();
        int vector = end;
        reserve((count + 1) * Long.BYTES);
        end += (count + 1) * Long.BYTES;
        for (int i = 0; i < count; i++) {
            long offset = append.applyAsLong(i) & 0xffffffffL;
            buffer.putLong(vector + i * Long.BYTES, offset);
        }
        put('v', vector | (long) count << 32);
        return this;
    }

    private long appendWord(ByteBuffer word) {
        var bytes = new byte[word.remaining()];
        word.get(word.position(), bytes);
        for (byte each : bytes) {
            if (each == 0) {
                throw new IllegalArgumentException("NUL in a word for the kernel");
            }
        }
        return append(bytes, bytes.length + 1);
    }

    private long appendText(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("NUL in a text for the kernel");
        }
        return append(bytes, bytes.length + 1);
    }

    /** Appends bytes in a field of their own length or longer. {@return their reference} */
    private long append(byte[] bytes, int field) {
        reserve(field);
        buffer.put(end, bytes);
        long reference = end | (long) bytes.length << 32;
        end += field;
        return reference;
    }

    private void align() {
        reserve(Long.BYTES);
        end = (end + Long.BYTES - 1) & -Long.BYTES;
    }

    private void reserve(int more) {
        if ((long) end + more > PlanLayout.MAX_BYTES) {
            throw new IllegalArgumentException("plan larger than " + PlanLayout.MAX_BYTES);
        }
        if (end + more > buffer.capacity()) {
            int capacity = Math.max(buffer.capacity() * 2, end + more);
            buffer =
                    ByteBuffer.wrap(Arrays.copyOf(buffer.array(), capacity))
                            .order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    private int index(Fd fd) {
        int index = fds.computeIfAbsent(fd, _ -> fds.size());
        if (index == PlanLayout.MAX_FDS) {
            throw new IllegalArgumentException(
                    "a plan refers to at most " + PlanLayout.MAX_FDS + " descriptors");
        }
        return index;
    }
}
