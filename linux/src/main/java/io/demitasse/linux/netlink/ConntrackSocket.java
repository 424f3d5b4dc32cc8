package io.demitasse.linux.netlink;

import static io.demitasse.linux.netlink.MessageWriter.offset;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * A conversation with the kernel about the connections that it tracks over IPv4, those of one
 * network namespace: that of the thread which opened the socket.
 *
 * <p>What became of the first packet of a connection becomes of all others. Where packets have no
 * beginning that anybody could see, as with UDP, a connection must be forgotten for new rules to
 * hold for it.
 *
 * <p><b>Threads.</b> May be shared; requests wait for each other.
 */
public final class ConntrackSocket implements AutoCloseable {
    private static final long FAMILY = offset(NftablesSyscalls.NFGENMSG, "nfgen_family");
    private static final int REQUEST_BYTES = 512;
    // netlink_dump() of the kernel fills no more than this at a time
    private static final int DUMP_BYTES = 32768;
    private static final int FLAGS =
            ConntrackSyscalls.CTA_FILTER_F_CTA_PROTO_NUM
                    | ConntrackSyscalls.CTA_FILTER_F_CTA_PROTO_DST_PORT;

    private final NetlinkSocket socket;

    private ConntrackSocket(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a socket in the network namespace of the calling thread. */
    public static ConntrackSocket open() throws SyscallException {
        return new ConntrackSocket(
                NetlinkSocket.open(NftablesSyscalls.NETLINK_NETFILTER, "NETLINK_NETFILTER"));
    }

    /**
     * Forgets the connections that began with a packet to this port, whatever its address.
     *
     * @param protocol its number in the header of a packet
     * @throws SyscallException EOPNOTSUPP if the kernel does not speak of its connections
     */
    public void forget(int protocol, int port) throws SyscallException {
        var call = "IPCTNL_MSG_CT_GET(protocol %d, port %d)".formatted(protocol, port);
        socket.lock.lock();
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            for (var tuple : find(arena, state, call, protocol, port)) {
                delete(arena, state, tuple);
            }
        } finally {
            socket.lock.unlock();
        }
    }

    @Override
    public void close() {
        socket.close();
    }

    private List<byte[]> find(Arena arena, CallState state, String call, int protocol, int port)
            throws SyscallException {
        var out = begin(arena, ConntrackSyscalls.IPCTNL_MSG_CT_GET, NetlinkSyscalls.NLM_F_DUMP);
        long tuple = out.beginNest(ConntrackSyscalls.CTA_TUPLE_ORIG);
        long nest = out.beginNest(ConntrackSyscalls.CTA_TUPLE_PROTO);
        out.attribute(ConntrackSyscalls.CTA_PROTO_NUM, (byte) protocol);
        out.attribute(
                ConntrackSyscalls.CTA_PROTO_DST_PORT,
                new byte[] {(byte) (port >>> Byte.SIZE), (byte) port});
        out.endNest(nest);
        out.endNest(tuple);
        long filter = out.beginNest(ConntrackSyscalls.CTA_FILTER);
        out.attribute(ConntrackSyscalls.CTA_FILTER_ORIG_FLAGS, FLAGS);
        out.attribute(ConntrackSyscalls.CTA_FILTER_REPLY_FLAGS, 0);
        out.endNest(filter);
        out.end();
        socket.send(state, out);
        return tuples(arena, state, call);
    }

    private List<byte[]> tuples(Arena arena, CallState state, String call) throws SyscallException {
        var reply = arena.allocate(DUMP_BYTES, NetlinkSyscalls.NLMSG_ALIGNTO);
        var tuples = new ArrayList<byte[]>();
        while (true) {
            var messages = socket.receive(state, reply);
            while (messages.next()) {
                if (messages.sequence() != socket.sequence()) {
                    continue; // the end of a conversation that failed
                }
                switch (messages.type()) {
                    case NetlinkSyscalls.NLMSG_ERROR -> throw NetlinkSocket.refused(call, messages);
                    case NetlinkSyscalls.NLMSG_DONE -> {
                        return tuples;
                    }
                    default -> tuples.add(messages.originalTuple());
                }
            }
        }
    }

    private void delete(Arena arena, CallState state, byte[] tuple) throws SyscallException {
        var out = begin(arena, ConntrackSyscalls.IPCTNL_MSG_CT_DELETE, 0);
        out.attribute(ConntrackSyscalls.CTA_TUPLE_ORIG | NetlinkSyscalls.NLA_F_NESTED, tuple);
        out.end();
        out.acknowledge();
        socket.send(state, out);
        try {
            socket.awaitAcknowledgement(
                    arena, state, socket.sequence(), false, _ -> "IPCTNL_MSG_CT_DELETE");
        } catch (SyscallException refused) {
            // it ended by itself
            if (!refused.is(Errno.ENOENT)) {
                throw refused;
            }
        }
    }

    private MessageWriter begin(Arena arena, int type, int flags) {
        var out = new MessageWriter(arena.allocate(REQUEST_BYTES, NetlinkSyscalls.NLMSG_ALIGNTO));
        out.begin(socket.nextSequence());
        out.type(
                ConntrackSyscalls.NFNL_SUBSYS_CTNETLINK << Byte.SIZE | type,
                NetlinkSyscalls.NLM_F_REQUEST | flags);
        out.struct(NftablesSyscalls.NFGENMSG)
                .set(JAVA_BYTE, FAMILY, (byte) NftablesSyscalls.NFPROTO_IPV4);
        return out;
    }
}
