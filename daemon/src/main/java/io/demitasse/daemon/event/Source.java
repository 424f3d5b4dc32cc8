package io.demitasse.daemon.event;

import io.demitasse.linux.Fd;

/** Something that becomes readable. Owned by the event loop from the moment it is watched. */
public interface Source extends AutoCloseable {
    /** {@return what to wait for} */
    Fd fd();

    /**
     * Reads what there is and publishes it. Called on the event loop: must neither block nor throw.
     *
     * @return whether to go on watching; if not, the loop closes the source
     */
    boolean ready();

    @Override
    void close();
}
