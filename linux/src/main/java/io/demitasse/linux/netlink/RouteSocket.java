package io.demitasse.linux.netlink;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
    private static final int LINK_BYTES = 8192;
    // netlink_dump() of the kernel fills no more than this at a time
    private static final int DUMP_BYTES = 32768;

    private final NetlinkSocket socket;

    private RouteSocket(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a socket in the network namespace of the calling thread. */
    public static RouteSocket open() throws SyscallException {
        return new RouteSocket(NetlinkSocket.open(NetlinkSyscalls.NETLINK_ROUTE, "NETLINK_ROUTE"));
    }

    /**
     * Does several things in their order with one message to the kernel.
     *
     * @throws SyscallException for the first that was refused; the kernel has then done those
     *     before it, and tried those behind it
     */
    public void request(RouteRequest... requests) throws SyscallException {
        socket.lock.lock();
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var out =
                    new MessageWriter(arena.allocate(REQUEST_BYTES, NetlinkSyscalls.NLMSG_ALIGNTO));
            int first = socket.sequence() + 1;
            for (var request : requests) {
                out.begin(socket.nextSequence());
                RouteEncoder.encode(request, out);
                out.end();
            }
            // A refusal is reported in any case, so the last acknowledgement stands for all.
            out.acknowledge();
            socket.send(state, out);
            socket.awaitAcknowledgement(
                    arena, state, first, false, index -> requests[index].describe());
        } finally {
            socket.lock.unlock();
        }
    }

    /** Returns what the kernel knows of a link, if there is one of that name. */
    public Optional<Link> link(String name) throws SyscallException {
        try {
            return links("RTM_GETLINK(" + name + ")", name, LINK_BYTES).stream().findFirst();
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
        socket.close();
    }

    private List<Link> links(String call, String name, int replyBytes) throws SyscallException {
        socket.lock.lock();
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var out =
                    new MessageWriter(arena.allocate(REQUEST_BYTES, NetlinkSyscalls.NLMSG_ALIGNTO));
            out.begin(socket.nextSequence());
            RouteEncoder.getLinks(name, out);
            out.end();
            socket.send(state, out);
            var reply = arena.allocate(replyBytes, NetlinkSyscalls.NLMSG_ALIGNTO);
            var links = new ArrayList<Link>();
            boolean more = true;
            while (more) {
                more = collect(call, socket.receive(state, reply), links) && name.isEmpty();
            }
            return links;
        } finally {
            socket.lock.unlock();
        }
    }

    /** Reads the links of one datagram; false if the dump ended in it. */
    private boolean collect(String call, MessageReader messages, List<Link> links)
            throws SyscallException {
        while (messages.next()) {
            if (messages.sequence() != socket.sequence()) {
                continue; // the end of a conversation that failed
            }
            switch (messages.type()) {
                case NetlinkSyscalls.NLMSG_ERROR -> throw NetlinkSocket.refused(call, messages);
                case NetlinkSyscalls.NLMSG_DONE -> {
                    return false;
                }
                default -> links.add(messages.link());
            }
        }
        return true;
    }
}
