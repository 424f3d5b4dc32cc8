package io.demitasse.linux.netlink;

/** What went through a link since it was made. */
public record LinkCounters(Direction received, Direction sent) {
    /**
     * One way of a link.
     *
     * @param drops packets that were not passed on, for want of room for instance
     */
    public record Direction(long bytes, long packets, long errors, long drops) {}

    /**
     * {@return what went through the other end of a veth pair: the one sends what the other gets}
     */
    public LinkCounters ofPeer() {
        return new LinkCounters(/* received= */ sent, /* sent= */ received);
    }
}
