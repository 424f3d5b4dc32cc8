package io.demitasse.daemon.listener;

import io.netty.channel.Channel;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Connections that nothing is known of, the oldest first. When there are too many the oldest is
 * closed, and not the newest refused: whoever is expected says so at once, and whoever holds
 * connections to keep others out only loses them.
 *
 * <p><b>Threads.</b> Belongs to the network thread of its listener.
 */
final class Newcomers {
    private final Set<Channel> waiting = new LinkedHashSet<>();
    private final int most;

    Newcomers(int most) {
        this.most = most;
    }

    void arrived(Channel connection) {
        waiting.add(connection);
        connection.closeFuture().addListener(_ -> waiting.remove(connection));
        if (waiting.size() > most) {
            var oldest = waiting.iterator().next();
            waiting.remove(oldest);
            var _ = oldest.close();
        }
    }

    /** It knew a secret, and is no newcomer any more. */
    void expected(Channel connection) {
        waiting.remove(connection);
    }
}
