package io.demitasse.linux.socket;

import static io.demitasse.linux.SyscallException.check;
import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A connected unix socket of whole messages, which may carry descriptors.
 *
 * <p><b>Threads.</b> May be shared: one send or receive is one message.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>
 */
public final class SeqpacketSocket implements AutoCloseable {
    /** How many descriptors one message carries at most. */
    public static final int MAX_FDS = Message.MAX_FDS;

    private static final int SUN_PATH_BYTES = 108;
    private static final Duration A_WHILE = Duration.ofHours(1);
    private static final int TYPE = SocketSyscalls.SOCK_SEQPACKET | SocketSyscalls.SOCK_CLOEXEC;

    private final Fd fd;

    private SeqpacketSocket(Fd fd) {
        this.fd = fd;
    }

    /** Takes ownership of a descriptor that is such a socket. */
    public static SeqpacketSocket owning(Fd fd) {
        return new SeqpacketSocket(fd);
    }

    /** Two sockets connected to each other, each owned and closed on its own. */
    public record Pair(SeqpacketSocket left, SeqpacketSocket right) implements AutoCloseable {
        @Override
        public void close() {
            left.close();
            right.close();
        }
    }

    /** Opens two sockets connected to each other. */
    public static Pair pair(String description) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var fds = arena.allocate(JAVA_INT, 2);
            check(
                    SocketSyscalls.socketpair(
                            CallState.in(arena), SocketSyscalls.AF_UNIX, TYPE, 0, fds),
                    "socketpair(AF_UNIX, SOCK_SEQPACKET|SOCK_CLOEXEC)");
            return new Pair(
                    new SeqpacketSocket(Fd.owning(fds.getAtIndex(JAVA_INT, 0), description)),
                    new SeqpacketSocket(Fd.owning(fds.getAtIndex(JAVA_INT, 1), description)));
        }
    }

    /**
     * Connects to a listening socket. The path may be longer than {@code sun_path} holds.
     *
     * <p>{@code EAGAIN} says that whoever listens has not accepted what waits already: connect(2)
     * would wait for that as long as it takes. Nor does the socket wait for anything later.
     */
    public static SeqpacketSocket connect(Path path) throws SyscallException {
        var bytes = path.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length < SUN_PATH_BYTES) {
            return connect(path, path.toString());
        }
        // A descriptor of the directory makes a short name for it.
        try (var directory = openDirectory(path.toAbsolutePath().resolveSibling(""))) {
            return connect(path, "/proc/self/fd/" + directory.number() + "/" + path.getFileName());
        }
    }

    private static Fd openDirectory(Path directory) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var how = arena.allocate(SocketSyscalls.OPEN_HOW);
            SocketSyscalls.OPEN_HOW
                    .varHandle(groupElement("flags"))
                    .set(
                            how,
                            0L,
                            SocketSyscalls.O_PATH
                                    | SocketSyscalls.O_DIRECTORY
                                    | SocketSyscalls.O_CLOEXEC);
            return Fd.owning(
                    check(
                            SocketSyscalls.openat2(
                                    CallState.in(arena),
                                    SocketSyscalls.AT_FDCWD,
                                    arena.allocateFrom(directory.toString()),
                                    how,
                                    how.byteSize()),
                            "openat2(AT_FDCWD, \"%s\", O_PATH|O_DIRECTORY|O_CLOEXEC)",
                            directory),
                    "directory " + directory);
        }
    }

    private static SeqpacketSocket connect(Path path, String name) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var address = arena.allocate(SocketSyscalls.SOCKADDR_UN);
            SocketSyscalls.SOCKADDR_UN
                    .varHandle(groupElement("sun_family"))
                    .set(address, 0L, (short) SocketSyscalls.AF_UNIX);
            var bytes = name.getBytes(StandardCharsets.UTF_8);
            MemorySegment.copy(
                    MemorySegment.ofArray(bytes),
                    0,
                    address,
                    SocketSyscalls.SOCKADDR_UN.byteOffset(groupElement("sun_path")),
                    bytes.length);
            var fd =
                    Fd.owning(
                            check(
                                    SocketSyscalls.socket(
                                            state,
                                            SocketSyscalls.AF_UNIX,
                                            TYPE | SocketSyscalls.SOCK_NONBLOCK,
                                            0),
                                    "socket(AF_UNIX, SOCK_SEQPACKET|SOCK_CLOEXEC|SOCK_NONBLOCK)"),
                            "socket to " + path);
            long result =
                    SocketSyscalls.connect(state, fd.number(), address, (int) address.byteSize());
            if (result < 0) {
                fd.close();
            }
            check(result, "connect(\"%s\")", path);
            return new SeqpacketSocket(fd);
        }
    }

    /** {@return the descriptor, for epoll and for passing it on} */
    public Fd fd() {
        return fd;
    }

    /** Sends one message, all of it, with copies of these descriptors. */
    public void send(byte[] bytes, List<Fd> fds) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var message = new Message(arena, bytes.length, fds.size());
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, message.data(), 0, bytes.length);
            message.attach(fds);
            check(
                    SocketSyscalls.sendmsg(
                            CallState.in(arena),
                            fd.number(),
                            message.header(),
                            SocketSyscalls.MSG_NOSIGNAL),
                    "sendmsg(%s, %d bytes, %s, MSG_NOSIGNAL)",
                    fd,
                    bytes.length,
                    fds);
        }
    }

    /** Waits for one message of at most this size, as long as it takes. */
    public Packet receive(int maxBytes) throws SyscallException {
        var packet = receive(maxBytes, 0);
        while (packet.isEmpty()) { // a connected socket does not wait by itself
            packet = receive(maxBytes, A_WHILE);
        }
        return packet.get();
    }

    /** Waits for one message, at most this long. {@return it, or nothing if none came} */
    public Optional<Packet> receive(int maxBytes, Duration timeout) throws SyscallException {
        return isReadable(timeout) ? receiveNow(maxBytes) : Optional.empty();
    }

    /** {@return the next message if there is one} */
    public Optional<Packet> receiveNow(int maxBytes) throws SyscallException {
        return receive(maxBytes, SocketSyscalls.MSG_DONTWAIT);
    }

    private Optional<Packet> receive(int maxBytes, int flags) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var message = new Message(arena, maxBytes, MAX_FDS);
            var state = CallState.in(arena);
            long count;
            do {
                count =
                        SocketSyscalls.recvmsg(
                                state,
                                fd.number(),
                                message.header(),
                                flags | SocketSyscalls.MSG_CMSG_CLOEXEC);
                // A signal to this thread takes no message: the next attempt gets it. Nor does the
                // news that the peer closed its end with a message of ours unread, which comes
                // before all that the peer said.
            } while (count == -Errno.EINTR || count == -Errno.ECONNRESET);
            if (count == -Errno.EAGAIN) {
                return Optional.empty();
            }
            int size = check(count, "recvmsg(%s, MSG_CMSG_CLOEXEC)", fd);
            var bytes = message.data().asSlice(0, size).toArray(JAVA_BYTE);
            return Optional.of(message.received(bytes, size == 0));
        }
    }

    private boolean isReadable(Duration timeout) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var poll = arena.allocate(SocketSyscalls.POLLFD);
            SocketSyscalls.POLLFD.varHandle(groupElement("fd")).set(poll, 0L, fd.number());
            SocketSyscalls.POLLFD
                    .varHandle(groupElement("events"))
                    .set(poll, 0L, SocketSyscalls.POLLIN);
            var limit = arena.allocate(SocketSyscalls.TIMESPEC);
            SocketSyscalls.TIMESPEC
                    .varHandle(groupElement("tv_sec"))
                    .set(limit, 0L, timeout.toSeconds());
            SocketSyscalls.TIMESPEC
                    .varHandle(groupElement("tv_nsec"))
                    .set(limit, 0L, (long) timeout.toNanosPart());
            long ready = SocketSyscalls.ppoll(CallState.in(arena), poll, 1, limit);
            return ready != -Errno.EINTR && check(ready, "ppoll(%s, POLLIN)", fd) > 0;
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
