package io.demitasse.daemon.stream;

import io.demitasse.daemon.listener.Admission;
import io.demitasse.daemon.listener.HttpListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/** The HTTP server that Exec, Attach and PortForward send their clients to. */
public final class StreamingServer implements AutoCloseable {
    private final Tickets tickets = new Tickets(System::nanoTime);
    private final HttpListener listener;

    private StreamingServer(InetSocketAddress address) throws IOException {
        listener = HttpListener.start("streaming", address, this::admit);
    }

    /** Listens on this address; port 0 is any. */
    public static StreamingServer start(InetSocketAddress address) throws IOException {
        return new StreamingServer(address);
    }

    /** {@return a URL that is good once and for a minute; empty if too many were not used yet} */
    public Optional<String> offer(StreamRequest request) {
        return tickets.issue(request)
                .map(ticket ->
                        "http://%s/%s/%s".formatted(listener.authority(), request.path(), ticket));
    }

    private Optional<Admission.Guest> admit(String uri) {
        var parts = uri.split("[/?]", -1);
        return parts.length < 3 || !parts[0].isEmpty()
                ? Optional.empty()
                : tickets.redeem(parts[2])
                        .filter(request -> request.path().equals(parts[1]))
                        .map(request -> new Admission.Guest(new UpgradeHandler(request), true));
    }

    /** Ends the server and all connections; processes run on. */
    @Override
    public void close() {
        listener.close();
    }
}
