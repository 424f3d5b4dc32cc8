package io.demitasse.daemon.stream;

/** The client's end of a command. May be called on any thread. */
interface CommandClient {
    /** Sends what the process printed; the array is the client's from now on. */
    void output(byte[] bytes);

    /** Sends what the process printed to its error stream. */
    void error(byte[] bytes);

    /** {@return whether more may be sent now; if not, the session is told when} */
    boolean isWritable();

    /**
     * Takes input from the network as long as the session {@linkplain CommandSession#takesInput
     * does}.
     */
    void readOrNot();

    /** Ends both streams, tells how it went, and closes. */
    void end(CommandResult result);
}
