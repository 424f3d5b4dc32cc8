package io.demitasse.daemon.listener;

import io.netty.channel.ChannelHandler;
import java.util.Optional;

/** Decides by its path alone what becomes of a request; nothing else of it has been read. */
@FunctionalInterface
public interface Admission {
    /** {@return who takes the request; nobody if there is nothing at this path} */
    Optional<Guest> admit(String path);

    /**
     * Whom a connection is for.
     *
     * @param handler takes the parts of one HTTP request
     * @param isExpected whether it knew a secret; if not, it may have to give way to others
     */
    record Guest(ChannelHandler handler, boolean isExpected) {}
}
