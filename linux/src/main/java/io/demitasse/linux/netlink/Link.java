package io.demitasse.linux.netlink;

/**
 * A network interface as the kernel described it.
 *
 * @param master the index of the bridge it is a port of, or {@link #NONE}
 * @param group what it was put into, {@link #NONE} if nothing
 * @param peer the index of a veth's other end, where that one is
 */
public record Link(int index, String name, boolean isUp, int mtu, int master, int group, int peer) {
    /** No index, and the group of a link that nobody put into one. */
    public static final int NONE = 0;
}
