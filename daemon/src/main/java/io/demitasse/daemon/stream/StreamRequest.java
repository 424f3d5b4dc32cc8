package io.demitasse.daemon.stream;

import io.demitasse.linux.Fd;
import java.io.IOException;

/** What a URL stands for. */
public sealed interface StreamRequest {
    /** {@return the first part of the URL's path} */
    String path();

    /**
     * A process that a client talks to.
     *
     * @param path exec or attach
     * @param start gets hold of the process; called once, when the client is there
     */
    record Command(String path, CommandStreams streams, CommandStart start)
            implements StreamRequest {}

    /**
     * Connections to ports of a pod.
     *
     * @param pod for messages
     */
    record PortForward(String pod, PortConnector connector) implements StreamRequest {
        @Override
        public String path() {
            return "portforward";
        }
    }

    /** Which streams the client wants. */
    record CommandStreams(boolean input, boolean output, boolean error, boolean terminal) {}

    /** Gets hold of a process. */
    @FunctionalInterface
    interface CommandStart {
        /** Starts the process, or attaches to it; may block. */
        CommandProcess start() throws Exception;
    }

    /** Connects to a port inside a pod. */
    @FunctionalInterface
    interface PortConnector {
        /** {@return a connected socket, which the caller closes; may block} */
        Fd connect(int port) throws IOException;
    }
}
