package io.demitasse.daemon.configuration;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The server of exec, attach and port-forward streams.
 *
 * @param listen address and port; port 0 is any. The URLs that it serves are secrets and the
 *     connections plain, so the address should be one of this machine's own.
 */
public record StreamingSettings(InetSocketAddress listen) {
    /** {@return any port of 127.0.0.1} */
    public static StreamingSettings defaults() {
        return new StreamingSettings(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    /** {@return what {@code ADDRESS:PORT} means} */
    static StreamingSettings parse(String text) {
        var colon = text.lastIndexOf(':');
        var host = colon < 0 ? "" : text.substring(0, colon).replaceAll("^\\[|]$", "");
        var port = text.substring(colon + 1);
        if (!host.matches("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*")
                || !port.matches("[0-9]{1,5}")
                || Integer.parseInt(port) > 0xffff) {
            throw new IllegalArgumentException(
                    "streaming.listen must look like 127.0.0.1:0, not \"" + text + "\"");
        }
        return new StreamingSettings(new InetSocketAddress(host, Integer.parseInt(port)));
    }
}
