package io.demitasse.shim.protocol;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.socket.SeqpacketSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/**
 * A connection to one shim.
 *
 * <p><b>Threads.</b> One thread reads at a time. While an event loop reads a connection, requests
 * go over another one: {@link #connect} is cheap.
 */
public final class ShimConnection implements AutoCloseable {
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(2);

    private final SeqpacketSocket socket;
    private final Queue<ShimMessage> pending = new ArrayDeque<>();

    /** Takes ownership of a connected socket. */
    public ShimConnection(SeqpacketSocket socket) {
        this.socket = socket;
    }

    /**
     * Connects to a shim that is already running; its first message is a {@link ShimMessage.Hello}.
     * ECONNREFUSED and ENOENT say that there is none.
     */
    public static ShimConnection connect(Path socket) throws SyscallException {
        return new ShimConnection(SeqpacketSocket.connect(socket));
    }

    /** {@return the descriptor, readable when {@link #receive} has something} */
    public Fd fd() {
        return socket.fd();
    }

    /** {@return the next message, if there is one now} */
    public Optional<ShimMessage> receive() throws SyscallException {
        var earlier = Optional.ofNullable(pending.poll());
        return earlier.isPresent()
                ? earlier
                : socket.receiveNow(MessageFormat.MAX_BYTES).map(MessageFormat::parse);
    }

    /** Waits for the next message, at most this long. */
    public Optional<ShimMessage> receive(Duration timeout) throws SyscallException {
        var earlier = Optional.ofNullable(pending.poll());
        return earlier.isPresent()
                ? earlier
                : socket.receive(MessageFormat.MAX_BYTES, timeout).map(MessageFormat::parse);
    }

    /** Waits for the next message as long as it takes. */
    public ShimMessage await() throws SyscallException {
        var earlier = pending.poll();
        return earlier != null
                ? earlier
                : MessageFormat.parse(socket.receive(MessageFormat.MAX_BYTES));
    }

    /**
     * Tells a shim whose launch is in flight that nobody waits for it any more: it kills what it
     * has made so far, and says that the launch failed, or that the process runs already. Any
     * thread may call this.
     */
    public void giveUp() throws SyscallException {
        socket.send(MessageFormat.request(MessageFormat.GIVE_UP), List.of());
    }

    /**
     * Sends a shim whose launch is in flight those descriptors of its plan that it was not ordered
     * with, as many messages as it takes. A shim that has ended meanwhile said why before.
     */
    public void sendDescriptors(List<Fd> fds) throws SyscallException {
        for (int from = 0; from < fds.size(); from += SeqpacketSocket.MAX_FDS) {
            int to = Math.min(from + SeqpacketSocket.MAX_FDS, fds.size());
            try {
                socket.send(
                        MessageFormat.request(MessageFormat.DESCRIPTORS, to - from),
                        fds.subList(from, to));
            } catch (SyscallException refused) {
                if (!refused.is(Errno.EPIPE) && !refused.is(Errno.ECONNRESET)) {
                    throw refused;
                }
                return;
            }
        }
    }

    /** Makes the shim write to another log from now on. Returns once it does. */
    public void reopenLog(Fd log) throws SyscallException {
        request("reopen log", MessageFormat.REOPEN_LOG, List.of(log));
    }

    /** Changes the size of the container's terminal; ENOTTY if it has none. */
    public void resize(int rows, int columns) throws SyscallException {
        request("resize", MessageFormat.RESIZE, List.of(), rows, columns);
    }

    /**
     * Has output and error copied to two pipes from now on.
     *
     * @param wantsInput whether to return what the process reads from: a pipe or its terminal
     * @return the input, if it is wanted and was not closed yet; the caller closes it
     */
    public Optional<Fd> attach(Fd output, Fd error, boolean wantsInput) throws SyscallException {
        return request("attach", MessageFormat.ATTACH, List.of(output, error), wantsInput ? 1 : 0);
    }

    /** Lets the process read the end of its input, once all others closed theirs as well. */
    public void closeInput() throws SyscallException {
        request("close input", MessageFormat.CLOSE_INPUT, List.of());
    }

    @CanIgnoreReturnValue
    private Optional<Fd> request(String name, int type, List<Fd> fds, long... values)
            throws SyscallException {
        socket.send(MessageFormat.request(type, values), fds);
        long deadline = System.nanoTime() + ANSWER_TIMEOUT.toNanos();
        for (long left = ANSWER_TIMEOUT.toNanos(); left > 0; left = deadline - System.nanoTime()) {
            var answer = socket.receive(MessageFormat.MAX_BYTES, Duration.ofNanos(left));
            if (answer.isPresent()) {
                switch (MessageFormat.parse(answer.get())) {
                    case ShimMessage.Acknowledged(var request, var errno) when request == type -> {
                        SyscallException.check(-(long) errno, "%s by shim", name);
                        return Optional.empty();
                    }
                    case ShimMessage.Attached(var errno, var input) -> {
                        SyscallException.check(-(long) errno, "%s by shim", name);
                        return input;
                    }
                    case ShimMessage.Disconnected() ->
                            throw new SyscallException(
                                    name + " by shim", new Errno(Errno.ECONNRESET));
                    case ShimMessage other -> pending.add(other);
                }
            }
        }
        throw new SyscallException(name + " by shim", new Errno(Errno.ETIMEDOUT));
    }

    @Override
    public void close() {
        socket.close();
        pending.forEach(ShimMessage::discard);
        pending.clear();
    }
}
