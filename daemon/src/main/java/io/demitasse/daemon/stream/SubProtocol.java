package io.demitasse.daemon.stream;

import static io.demitasse.daemon.stream.ChannelEncoding.BASE64;
import static io.demitasse.daemon.stream.ChannelEncoding.BINARY;

import java.util.List;
import java.util.Optional;

/**
 * What both ends of a stream agree on, by the name that Kubernetes gave it.
 *
 * <p>The order of each list is ours and decides nothing: a client names what it wants most first.
 * The last of a list is what a client gets that names nothing.
 */
enum SubProtocol {
    V5("v5.channel.k8s.io", BINARY, Status.OBJECT),
    V4("v4.channel.k8s.io", BINARY, Status.OBJECT),
    V4_BASE64("v4.base64.channel.k8s.io", BASE64, Status.OBJECT),
    V3("v3.channel.k8s.io", BINARY, Status.SENTENCE),
    V2("v2.channel.k8s.io", BINARY, Status.SENTENCE),
    V1("channel.k8s.io", BINARY, Status.SENTENCE),
    V1_BASE64("base64.channel.k8s.io", BASE64, Status.SENTENCE),
    UNNAMED("", BINARY, Status.SENTENCE),

    /** Ports over SPDY: it has streams of its own. */
    PORT_FORWARD("portforward.k8s.io", BINARY, Status.SENTENCE),

    /** The same, and the messages of a WebSocket are one stream that carries SPDY. */
    PORT_FORWARD_TUNNEL("SPDY/3.1+portforward.k8s.io", BINARY, Status.SENTENCE);

    /** What a command's error channel says of its end. */
    private enum Status {
        OBJECT,
        SENTENCE
    }

    private static final List<SubProtocol> COMMAND_BY_SPDY = List.of(V4, V3, V2, V1);
    private static final List<SubProtocol> COMMAND_BY_WEBSOCKET =
            List.of(V5, V4, V4_BASE64, V3, V2, V1, V1_BASE64, UNNAMED);
    private static final List<SubProtocol> PORTS_BY_SPDY = List.of(PORT_FORWARD);
    private static final List<SubProtocol> PORTS_BY_WEBSOCKET =
            List.of(PORT_FORWARD_TUNNEL, V4, V4_BASE64, UNNAMED);

    private final String title;
    private final ChannelEncoding encoding;
    private final Status status;

    SubProtocol(String title, ChannelEncoding encoding, Status status) {
        this.title = title;
        this.encoding = encoding;
        this.status = status;
    }

    /** {@return what is spoken over SPDY for this request} */
    static List<SubProtocol> bySpdy(StreamRequest request) {
        return switch (request) {
            case StreamRequest.Command _ -> COMMAND_BY_SPDY;
            case StreamRequest.PortForward _ -> PORTS_BY_SPDY;
        };
    }

    /** {@return what is spoken over a WebSocket for this request} */
    static List<SubProtocol> byWebSocket(StreamRequest request) {
        return switch (request) {
            case StreamRequest.Command _ -> COMMAND_BY_WEBSOCKET;
            case StreamRequest.PortForward _ -> PORTS_BY_WEBSOCKET;
        };
    }

    /** {@return the first that is offered and known} */
    static Optional<SubProtocol> choose(List<SubProtocol> known, List<String> offered) {
        return offered.isEmpty()
                ? Optional.of(known.getLast())
                : offered.stream()
                        .flatMap(name -> known.stream().filter(each -> each.title.equals(name)))
                        .findFirst();
    }

    ChannelEncoding encoding() {
        return encoding;
    }

    /** {@return how a command ended, as the client expects to read it; empty for nothing} */
    String status(CommandResult result) {
        return switch (status) {
            case OBJECT -> result.json();
            case SENTENCE -> result.text();
        };
    }

    /** {@return the name that goes over the wire} */
    @Override
    public String toString() {
        return title;
    }
}
