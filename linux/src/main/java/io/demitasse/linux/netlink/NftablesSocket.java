package io.demitasse.linux.netlink;

import static io.demitasse.linux.netlink.MessageWriter.offset;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.demitasse.linux.SyscallException;
import io.demitasse.linux.ffm.CallState;
import java.lang.foreign.Arena;
import java.util.List;

/**
 * A conversation with the kernel about the elements of maps in tables of the family {@code ip},
 * those of one network namespace: that of the thread which opened the socket.
 *
 * <p>An element is added or deleted by its key, whatever the size of the map. Tables, chains and
 * rules are {@code nft(8)}'s to make.
 *
 * <p><b>Threads.</b> May be shared; requests wait for each other.
 */
public final class NftablesSocket implements AutoCloseable {
    private static final long FAMILY = offset(NftablesSyscalls.NFGENMSG, "nfgen_family");
    private static final long RES_ID = offset(NftablesSyscalls.NFGENMSG, "res_id");
    private static final int BATCH_BYTES = 256;
    // names of tables and maps, NFT_NAME_MAXLEN, and two small concatenations
    private static final int ELEMENT_BYTES = 1024;
    private static final int ADD = NetlinkSyscalls.NLM_F_CREATE | NetlinkSyscalls.NLM_F_EXCL;

    private final NetlinkSocket socket;

    private NftablesSocket(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a socket in the network namespace of the calling thread. */
    public static NftablesSocket open() throws SyscallException {
        return new NftablesSocket(
                NetlinkSocket.open(NftablesSyscalls.NETLINK_NETFILTER, "NETLINK_NETFILTER"));
    }

    /**
     * Adds all elements or none.
     *
     * @throws SyscallException EEXIST if the key of one is there with another value, ENOENT if
     *     there is no such table or map
     */
    public void add(String table, List<MapElement> elements) throws SyscallException {
        request(NftablesSyscalls.NFT_MSG_NEWSETELEM, ADD, table, elements);
    }

    /** Deletes all elements or none; ENOENT if one of them is not there. */
    public void delete(String table, List<MapElement> elements) throws SyscallException {
        request(NftablesSyscalls.NFT_MSG_DELSETELEM, 0, table, elements);
    }

    @Override
    public void close() {
        socket.close();
    }

    private void request(int type, int flags, String table, List<MapElement> elements)
            throws SyscallException {
        if (elements.isEmpty()) {
            return;
        }
        socket.lock.lock();
        try (var arena = Arena.ofConfined()) {
            var state = CallState.in(arena);
            long size = BATCH_BYTES + (long) elements.size() * ELEMENT_BYTES;
            var out = new MessageWriter(arena.allocate(size, NetlinkSyscalls.NLMSG_ALIGNTO));
            int first = socket.nextSequence();
            batch(NftablesSyscalls.NFNL_MSG_BATCH_BEGIN, first, out);
            for (int i = 0; i < elements.size(); i++) {
                out.begin(socket.nextSequence());
                out.type(subsystem(type), NetlinkSyscalls.NLM_F_REQUEST | flags);
                element(table, elements.get(i), out);
                out.end();
                if (i == elements.size() - 1) {
                    out.acknowledge();
                }
            }
            batch(NftablesSyscalls.NFNL_MSG_BATCH_END, first, out);
            socket.send(state, out);
            socket.awaitAcknowledgement(
                    arena, state, first, true, index -> describe(type, table, elements, index));
        } finally {
            socket.lock.unlock();
        }
    }

    private static String describe(int type, String table, List<MapElement> elements, int index) {
        var call =
                type == NftablesSyscalls.NFT_MSG_NEWSETELEM
                        ? "NFT_MSG_NEWSETELEM"
                        : "NFT_MSG_DELSETELEM";
        // the first message is the batch
        var subject = elements.get(Math.max(index - 1, 0)).describe();
        return "%s(ip %s %s)".formatted(call, table, subject);
    }

    private static void batch(int type, int sequence, MessageWriter out) {
        out.begin(sequence);
        out.type(type, NetlinkSyscalls.NLM_F_REQUEST);
        var message = out.struct(NftablesSyscalls.NFGENMSG);
        message.set(JAVA_BYTE, FAMILY, (byte) NftablesSyscalls.NFPROTO_UNSPEC);
        message.set(JAVA_SHORT, RES_ID, networkOrder(NftablesSyscalls.NFNL_SUBSYS_NFTABLES));
        out.end();
    }

    private static int subsystem(int type) {
        return NftablesSyscalls.NFNL_SUBSYS_NFTABLES << Byte.SIZE | type;
    }

    private static void element(String table, MapElement element, MessageWriter out) {
        var message = out.struct(NftablesSyscalls.NFGENMSG);
        message.set(JAVA_BYTE, FAMILY, (byte) NftablesSyscalls.NFPROTO_IPV4);
        out.attribute(NftablesSyscalls.NFTA_SET_ELEM_LIST_TABLE, table);
        out.attribute(NftablesSyscalls.NFTA_SET_ELEM_LIST_SET, element.map());
        long list = out.beginNest(NftablesSyscalls.NFTA_SET_ELEM_LIST_ELEMENTS);
        long one = out.beginNest(NftablesSyscalls.NFTA_LIST_ELEM);
        data(NftablesSyscalls.NFTA_SET_ELEM_KEY, element.key(), out);
        data(NftablesSyscalls.NFTA_SET_ELEM_DATA, element.value(), out);
        out.endNest(one);
        out.endNest(list);
    }

    private static void data(int type, List<MapElement.Field> fields, MessageWriter out) {
        long nest = out.beginNest(type);
        out.attribute(NftablesSyscalls.NFTA_DATA_VALUE, MapElement.registers(fields));
        out.endNest(nest);
    }

    private static short networkOrder(int value) {
        return Short.reverseBytes((short) value);
    }
}
