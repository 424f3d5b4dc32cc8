package io.demitasse.daemon.runtime;

import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.stream.StreamRequest;
import io.demitasse.daemon.stream.StreamRequest.CommandStreams;
import io.demitasse.daemon.stream.StreamingServer;

/** What Exec, Attach and PortForward have in common: the URL that is their answer. */
public record StreamUrls(StreamingServer server) {
    String offer(StreamRequest request) throws RequestException {
        return server.offer(request)
                .orElseThrow(() ->
                        RequestException.exhausted(
                                "too many streaming URLs wait for their clients; try again in a"
                                        + " minute"));
    }

    static void check(CommandStreams wanted) throws RequestException {
        if (!wanted.input() && !wanted.output() && !wanted.error()) {
            throw RequestException.invalid("one of stdin, stdout and stderr must be true");
        }
        if (wanted.terminal() && wanted.error()) {
            throw RequestException.invalid("stderr cannot be true with tty, which has one output");
        }
    }
}
