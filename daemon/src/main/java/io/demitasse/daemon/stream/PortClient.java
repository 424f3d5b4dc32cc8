package io.demitasse.daemon.stream;

import io.netty.buffer.ByteBuf;

/** The client's end of a connection to a port. For the network thread. */
interface PortClient {
    /** Sends what the port sent; the bytes are the client's from now on. */
    void data(ByteBuf bytes);

    /** The port sends no more. */
    void dataEnd();

    /** The connection is over; the sentence says why it failed, and is empty if it did not. */
    void over(String failure);
}
