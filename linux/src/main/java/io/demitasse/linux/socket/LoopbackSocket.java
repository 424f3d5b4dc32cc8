package io.demitasse.linux.socket;

import static io.demitasse.linux.SyscallException.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import io.demitasse.linux.io.ByteChannelFd;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** TCP connections to this very host, as the calling thread's network namespace sees it. */
public final class LoopbackSocket {
    private static final int IPV4_BYTES = 16;
    private static final int IPV6_BYTES = 28;
    private static final int LOOPBACK = 0x7f000001;

    private LoopbackSocket() {}

    /**
     * Connects to a port of 127.0.0.1, or of ::1 if nobody listens there; blocks.
     *
     * @return the connected socket, close-on-exec; it keeps its namespace on any thread, and blocks
     *     none
     */
    public static Fd connect(int port) throws SyscallException {
        try {
            return connect("127.0.0.1:" + port, SocketSyscalls.AF_INET, ipv4(port));
        } catch (SyscallException refused) {
            if (!refused.is(Errno.ECONNREFUSED)) {
                throw refused;
            }
            try {
                return connect("[::1]:" + port, SocketSyscalls.AF_INET6, ipv6(port));
            } catch (SyscallException again) {
                refused.addSuppressed(again);
                throw refused;
            }
        }
    }

    private static Fd connect(String name, int family, byte[] address) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            int type = SocketSyscalls.SOCK_STREAM | SocketSyscalls.SOCK_CLOEXEC;
            var fd =
                    Fd.owning(
                            check(
                                    SocketSyscalls.socket(state, family, type, 0),
                                    "socket(%d, SOCK_STREAM|SOCK_CLOEXEC)",
                                    family),
                            "connection to " + name);
            try {
                check(
                        SocketSyscalls.connect(
                                state,
                                fd.number(),
                                arena.allocateFrom(JAVA_BYTE, address),
                                address.length),
                        "connect(%s)",
                        name);
                return ByteChannelFd.owning(fd).fd();
            } catch (SyscallException refused) {
                fd.close();
                throw refused;
            }
        }
    }

    /** struct sockaddr_in: the family in the machine's order, port and address in the network's. */
    private static byte[] ipv4(int port) {
        return ByteBuffer.allocate(IPV4_BYTES)
                .order(ByteOrder.nativeOrder())
                .putShort((short) SocketSyscalls.AF_INET)
                .order(ByteOrder.BIG_ENDIAN)
                .putShort((short) port)
                .putInt(LOOPBACK)
                .array();
    }

    /** struct sockaddr_in6, likewise. */
    private static byte[] ipv6(int port) {
        var address =
                ByteBuffer.allocate(IPV6_BYTES)
                        .order(ByteOrder.nativeOrder())
                        .putShort((short) SocketSyscalls.AF_INET6)
                        .order(ByteOrder.BIG_ENDIAN)
                        .putShort((short) port)
                        .putInt(0) // sin6_flowinfo
                        .array();
        address[23] = 1; // the last byte of sin6_addr
        return address;
    }
}
