package io.demitasse.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.demitasse.linux.Errno;
import io.demitasse.linux.Fd;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A conversation with the kernel about the links of one network namespace: that of the thread which
 * opened the socket, whichever thread uses it later.
 *
 * <p><b>Threads.</b> May be shared; requests wait for each other.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</a>
 */
public final class RouteSocket implements AutoCloseable {
    private static final int REQUEST_BYTES = 4096;
    // one link, or the acknowledgements of a request
    private static final int REPLY_BYTES = 8192;
    // netlink_dump() of the kernel fills no more than this at a time
    private static final int DUMP_BYTES = 32768;

    private final Fd fd;
    private final ReentrantLock lock = new ReentrantLock();
    private int sequence;

    private RouteSocket(Fd fd) {
        this.fd = fd;
    }

    /** Opens a socket in the network namespace of the calling thread. */
    public static RouteSocket open() throws SyscallException {
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            int number =
                    SyscallException.check(
                            NetlinkSyscalls.socket(
                                    state,
                                    NetlinkSyscalls.AF_NETLINK,
                                    NetlinkSyscalls.SOCK_RAW | NetlinkSyscalls.SOCK_CLOEXEC,
                                    NetlinkSyscalls.NETLINK_ROUTE),
                            "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE)");
            var on = arena.allocateFrom(JAVA_INT, 1);
            // Refused, these cost an explanation in an error message: nothing to fail for.
            NetlinkSyscalls.setsockopt(
                    state,
                    number,
                    NetlinkSyscalls.SOL_NETLINK,
                    NetlinkSyscalls.NETLINK_EXT_ACK,
                    on);
            NetlinkSyscalls.setsockopt(
                    state,
                    number,
                    NetlinkSyscalls.SOL_NETLINK,
                    NetlinkSyscalls.NETLINK_CAP_ACK,
                    on);
            return new RouteSocket(Fd.owning(number, "rtnetlink socket"));
        }
    }

    /**
     * Does several things in their order with one message to the kernel.
     *
     * @throws SyscallException for the first that was refused; the kernel has then done those
     *     before it, and tried those behind it
     */
    public void request(RouteRequest... requests) throws SyscallException {
        lock.lock();
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var out =
                    new MessageWriter(arena.allocate(REQUEST_BYTES, NetlinkSyscalls.NLMSG_ALIGNTO));
            int first = sequence + 1;
            for (var request : requests) {
                out.begin(++sequence);
                RouteEncoder.encode(request, out);
                out.end();
            }
            // A refusal is reported in any case, so the last acknowledgement stands for all.
            out.acknowledge();
            send(state, out);
            awaitAcknowledgement(
                    state,
                    arena.allocate(REPLY_BYTES, NetlinkSyscalls.NLMSG_ALIGNTO),
                    requests,
                    first);
        } finally {
            lock.unlock();
        }
    }

    /** Returns what the kernel knows of a link, if there is one of that name. */
    public Optional<Link> link(String name) throws SyscallException {
        try {
            return links("RTM_GETLINK(" + name + ")", name, REPLY_BYTES).stream().findFirst();
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENODEV)) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    /** Returns all links of the namespace. On a full node that is a long answer. */
    public List<Link> links() throws SyscallException {
        return links("RTM_GETLINK(all)", "", DUMP_BYTES);
    }

    @Override
    public void close() {
        fd.close();
    }

    private List<Link> links(String call, String name, int replyBytes) throws SyscallException {
        lock.lock();
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var out =
                    new MessageWriter(arena.allocate(REQUEST_BYTES, NetlinkSyscalls.NLMSG_ALIGNTO));
            out.begin(++sequence);
            RouteEncoder.getLinks(name, out);
            out.end();
            send(state, out);
            var reply = arena.allocate(replyBytes, NetlinkSyscalls.NLMSG_ALIGNTO);
            var links = new ArrayList<Link>();
            boolean more = true;
            while (more) {
                more = collect(call, receive(state, reply), links) && name.isEmpty();
            }
            return links;
        } finally {
            lock.unlock();
        }
    }

    /** Reads the links of one datagram; false if the dump ended in it. */
    private boolean collect(String call, MessageReader messages, List<Link> links)
            throws SyscallException {
        while (messages.next()) {
            if (messages.sequence() != sequence) {
                continue; // the end of a conversation that failed
            }
            switch (messages.type()) {
                case NetlinkSyscalls.NLMSG_ERROR -> throw refused(call, messages);
                case NetlinkSyscalls.NLMSG_DONE -> {
                    return false;
                }
                default -> links.add(messages.link());
            }
        }
        return true;
    }

    private void awaitAcknowledgement(
            CallState state, MemorySegment reply, RouteRequest[] requests, int first)
            throws SyscallException {
        SyscallException failure = null;
        while (true) {
            var messages = receive(state, reply);
            while (messages.next()) {
                int answered = messages.sequence() - first;
                if (messages.type() != NetlinkSyscalls.NLMSG_ERROR || answered < 0) {
                    continue; // the end of a conversation that failed
                }
                if (messages.error() != 0 && failure == null) {
                    failure = refused(requests[answered].describe(), messages);
                }
                if (answered == requests.length - 1) {
                    if (failure != null) {
                        throw failure;
                    }
                    return;
                }
            }
        }
    }

    private static SyscallException refused(String call, MessageReader message) {
        return new SyscallException(call, new Errno(-message.error()), message.explanation());
    }

    private void send(CallState state, MessageWriter out) throws SyscallException {
        SyscallException.check(
                NetlinkSyscalls.sendto(state, fd.number(), out.buffer(), out.length(), 0),
                "sendto(%s, %d bytes)",
                fd,
                out.length());
    }

    private MessageReader receive(CallState state, MemorySegment reply) throws SyscallException {
        long received;
        do {
            received = NetlinkSyscalls.recvfrom(state, fd.number(), reply, 0);
        } while (received == -Errno.EINTR);
        SyscallException.check(received, "recvfrom(%s, %d bytes)", fd, reply.byteSize());
        return new MessageReader(reply.asSlice(0, received));
    }
}
