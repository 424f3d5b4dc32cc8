package io.demitasse.linux.netlink;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

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
        return one(name, out -> RouteEncoder.getLinks(name, out), MessageReader::link);
    }

    /** Returns what went through a link, if there is one of that name. */
    public Optional<LinkCounters> counters(String name) throws SyscallException {
        return one(name, out -> RouteEncoder.getCounters(name, out), MessageReader::counters)
                .flatMap(found -> found);
    }

    /** Returns all links of the namespace. On a full node that is a long answer. */
    public List<Link> links() throws SyscallException {
        return ask(
                "RTM_GETLINK(all)",
                out -> RouteEncoder.getLinks("", out),
                MessageReader::link,
                DUMP_BYTES,
                true);
    }

    @Override
    public void close() {
        socket.close();
    }

    private <T> Optional<T> one(
            String name, Consumer<MessageWriter> question, Function<MessageReader, T> reading)
            throws SyscallException {
        try {
            return ask("RTM_GETLINK(" + name + ")", question, reading, LINK_BYTES, false).stream()
                    .findFirst();
        } catch (SyscallException refused) {
            if (refused.is(Errno.ENODEV)) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    private <T> List<T> ask(
            String call,
            Consumer<MessageWriter> question,
            Function<MessageReader, T> reading,
            int replyBytes,
            boolean isDump)
            throws SyscallException {
        socket.lock.lock();
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            var out =
                    new MessageWriter(arena.allocate(REQUEST_BYTES, NetlinkSyscalls.NLMSG_ALIGNTO));
            out.begin(socket.nextSequence());
            question.accept(out);
            out.end();
            socket.send(state, out);
            var reply = arena.allocate(replyBytes, NetlinkSyscalls.NLMSG_ALIGNTO);
            var found = new ArrayList<T>();
            boolean more = true;
            while (more) {
                more = collect(call, socket.receive(state, reply), reading, found) && isDump;
            }
            return found;
        } finally {
            socket.lock.unlock();
        }
    }

    /** Reads the links of one datagram; false if the dump ended in it. */
    private <T> boolean collect(
            String call, MessageReader messages, Function<MessageReader, T> reading, List<T> found)
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
                default -> found.add(reading.apply(messages));
            }
        }
        return true;
    }
}
