package io.demitasse.daemon.stream;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.ProtocolException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** Which ports a WebSocket forwards: the first has the channels 0 and 1, and so on. */
final class ForwardedPorts {
    private static final int CHANNELS_OF_A_PORT = 2;
    private static final int MOST = 0xffff;

    private ForwardedPorts() {}

    /** {@return a port's number; none if the text is something else} */
    static OptionalInt parse(String text) {
        return text.matches("[1-9][0-9]{0,4}") && Integer.parseInt(text) <= MOST
                ? OptionalInt.of(Integer.parseInt(text))
                : OptionalInt.empty();
    }

    /**
     * {@return the ports of the CRI request; those of the URL's query ({@code ?port=80&port=443})
     * if it had none}
     *
     * <p>A kubelet tells both, and they are the same.
     */
    static List<Integer> of(StreamRequest.PortForward request, String uri, ChannelEncoding encoding)
            throws ProtocolException {
        var ports = request.ports().isEmpty() ? ofQuery(uri) : request.ports();
        int most = encoding.channels() / CHANNELS_OF_A_PORT;
        if (ports.isEmpty()) {
            throw new ProtocolException(
                    "no port is named, neither by the request nor by the query: ?port=80&port=443");
        }
        if (ports.size() > most) {
            throw new ProtocolException(
                    "this sub-protocol has channels for %d ports, and %d are named"
                            .formatted(most, ports.size()));
        }
        return ports;
    }

    private static List<Integer> ofQuery(String uri) throws ProtocolException {
        List<String> words;
        try {
            words =
                    new QueryStringDecoder(uri)
                            .parameters().getOrDefault("port", List.of()).stream()
                                    .flatMap(each -> Arrays.stream(each.split(",", -1)))
                                    .toList();
        } catch (IllegalArgumentException malformed) {
            throw new ProtocolException("the query cannot be read: " + malformed.getMessage());
        }
        for (var word : words) {
            if (parse(word).isEmpty()) {
                throw new ProtocolException("a port of the query is no number from 1 to " + MOST);
            }
        }
        return words.stream().map(word -> parse(word).orElseThrow()).toList();
    }
}
