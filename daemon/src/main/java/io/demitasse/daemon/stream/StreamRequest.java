package io.demitasse.daemon.stream;

import io.demitasse.linux.Fd;
import java.io.IOException;
import java.util.List;

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
     * @param ports those of a client that does not name them itself; empty if nobody has named any
     */
    record PortForward(String pod, List<Integer> ports, PortConnector connector)
            implements StreamRequest {
        /** Keeps a copy of the list. */
        public PortForward {
            ports = List.copyOf(ports);
        }

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
        /** {@return a connected socket that never blocks, which the caller closes; may block} */
        Fd connect(int port) throws IOException;
    }
}
