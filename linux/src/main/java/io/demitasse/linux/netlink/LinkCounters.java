package io.demitasse.linux.netlink;

/** What went through a link since it was made. */
public record LinkCounters(
        long receivedBytes, long receiveErrors, long sentBytes, long sendErrors) {
    /**
     * {@return what went through the other end of a veth pair: the one sends what the other gets}
     */
    public LinkCounters ofPeer() {
        return new LinkCounters(
                /* receivedBytes= */ sentBytes,
                /* receiveErrors= */ sendErrors,
                /* sentBytes= */ receivedBytes,
                /* sendErrors= */ receiveErrors);
    }
}
