package io.demitasse.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;

/**
 * What all conversations over netlink(7) have in common: bytes there, answers back, one at a time.
 *
 * <p><b>Threads.</b> Whoever talks holds {@link #lock}; the sequence numbers are guarded by it.
 */
final class NetlinkSocket implements AutoCloseable {
    private static final int REPLY_BYTES = 8192;

    private final Fd fd;
    final ReentrantLock lock = new ReentrantLock();
    private int sequence;

    private NetlinkSocket(Fd fd) {
        this.fd = fd;
    }

    /** Opens a socket in the network namespace of the calling thread. */
    static NetlinkSocket open(int protocol, String name) throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            int number =
                    SyscallException.check(
                            NetlinkSyscalls.socket(
                                    state,
                                    NetlinkSyscalls.AF_NETLINK,
                                    NetlinkSyscalls.SOCK_RAW | NetlinkSyscalls.SOCK_CLOEXEC,
                                    protocol),
                            "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, %s)",
                            name);
            var on = arena.allocateFrom(JAVA_INT, 1);
            // Refused, these cost an explanation in an error message: nothing to fail for.
            option(state, number, NetlinkSyscalls.NETLINK_EXT_ACK, on);
            option(state, number, NetlinkSyscalls.NETLINK_CAP_ACK, on);
            return new NetlinkSocket(Fd.owning(number, name + " socket"));
        }
    }

    private static void option(CallState state, int number, int option, MemorySegment on) {
        NetlinkSyscalls.setsockopt(state, number, NetlinkSyscalls.SOL_NETLINK, option, on);
    }

    int nextSequence() {
        return ++sequence;
    }

    /** {@return the number of the message that was begun last} */
    int sequence() {
        return sequence;
    }

    @Override
    public void close() {
        fd.close();
    }

    void send(CallState state, MessageWriter out) throws SyscallException {
        SyscallException.check(
                NetlinkSyscalls.sendto(state, fd.number(), out.buffer(), out.length(), 0),
                "sendto(%s, %d bytes)",
                fd,
                out.length());
    }

    MessageReader receive(CallState state, MemorySegment reply) throws SyscallException {
        long received;
        do {
            received = NetlinkSyscalls.recvfrom(state, fd.number(), reply, 0);
        } while (received == -Errno.EINTR);
        SyscallException.check(received, "recvfrom(%s, %d bytes)", fd, reply.byteSize());
        return new MessageReader(reply.asSlice(0, received));
    }

    /**
     * Returns when the message that was begun last is acknowledged.
     *
     * @param first the number of the first message
     * @param isBatch whether a refusal of the first message is one of all
     * @param calls the messages as errors name them, the first is 0
     * @throws SyscallException for the first that was refused
     */
    void awaitAcknowledgement(
            Arena arena, CallState state, int first, boolean isBatch, IntFunction<String> calls)
            throws SyscallException {
        var reply = arena.allocate(REPLY_BYTES, NetlinkSyscalls.NLMSG_ALIGNTO);
        SyscallException failure = null;
        while (true) {
            var messages = receive(state, reply);
            while (messages.next()) {
                int answered = messages.sequence() - first;
                if (messages.type() != NetlinkSyscalls.NLMSG_ERROR || answered < 0) {
                    continue; // the end of a conversation that failed
                }
                if (messages.error() != 0 && failure == null) {
                    failure = refused(calls.apply(answered), messages);
                }
                if (messages.sequence() == sequence || (isBatch && answered == 0)) {
                    if (failure != null) {
                        throw failure;
                    }
                    return;
                }
            }
        }
    }

    static SyscallException refused(String call, MessageReader message) {
        return new SyscallException(call, new Errno(-message.error()), message.explanation());
    }
}
