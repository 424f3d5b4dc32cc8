package io.demitasse.linux.socket;

import static io.demitasse.linux.SyscallException.check;
import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A unix socket that sends single messages to whoever is bound to a name.
 *
 * <p><b>Threads.</b> May be shared.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>
 */
public final class DatagramSocket implements AutoCloseable {
    private static final int SUN_PATH_BYTES = 108;

    private final Fd fd;

    private DatagramSocket(Fd fd) {
        this.fd = fd;
    }

    /** Opens a socket without a name of its own. */
    public static DatagramSocket open() throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            return new DatagramSocket(
                    Fd.owning(
                            check(
                                    SocketSyscalls.socket(
                                            CallState.in(arena),
                                            SocketSyscalls.AF_UNIX,
                                            SocketSyscalls.SOCK_DGRAM | SocketSyscalls.SOCK_CLOEXEC,
                                            0),
                                    "socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC)"),
                            "datagram socket"));
        }
    }

    /**
     * Sends one message.
     *
     * @param name a path, or {@code @} and a name in the abstract namespace
     */
    public void send(String text, String name) throws SyscallException {
        var bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length >= SUN_PATH_BYTES) {
            throw new IllegalArgumentException("no socket name: \"" + name + "\"");
        }
        if (bytes[0] == '@') {
            bytes[0] = 0;
        }
        try (var arena = Arena.ofConfined()) {
            var address = arena.allocate(SocketSyscalls.SOCKADDR_UN);
            SocketSyscalls.SOCKADDR_UN
                    .varHandle(groupElement("sun_family"))
                    .set(address, 0L, (short) SocketSyscalls.AF_UNIX);
            long offset = SocketSyscalls.SOCKADDR_UN.byteOffset(groupElement("sun_path"));
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, address, offset, bytes.length);
            // The length is part of an abstract name: trailing zeros would make it another one.
            check(
                    SocketSyscalls.sendto(
                            CallState.in(arena),
                            fd.number(),
                            arena.allocateFrom(text).asSlice(0, utf8Bytes(text)),
                            SocketSyscalls.MSG_NOSIGNAL,
                            address,
                            (int) offset + bytes.length),
                    "sendto(%s, \"%s\", MSG_NOSIGNAL, \"%s\")",
                    fd,
                    text,
                    name);
        }
    }

    @Override
    public void close() {
        fd.close();
    }

    private static int utf8Bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
