package io.demitasse.linux.netlink;

/**
 * A network interface as the kernel described it.
 *
 * @param master the index of the bridge it is a port of, or {@link #NO_MASTER}
 */
public record Link(int index, String name, boolean isUp, int mtu, int master) {
    /** What a link has that is no port. */
    public static final int NO_MASTER = 0;
}
