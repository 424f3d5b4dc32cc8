package io.demitasse.daemon.stream;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Requests that wait for their client, by a word that nobody can guess.
 *
 * <p><b>Threads.</b> May be shared; a lock guards the map.
 */
final class Tickets {
    static final int MAX_WAITING = 1_000;
    static final Duration LIFE = Duration.ofSeconds(60);

    private static final int TICKET_BYTES = 16;

    private final SecureRandom random = new SecureRandom();
    private final LongSupplier nanoTime;
    private final Map<String, Waiting> waiting = new LinkedHashMap<>();

    private record Waiting(StreamRequest request, long issuedAt) {}

    Tickets(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** {@return a new ticket; none if {@value #MAX_WAITING} are waiting} */
    synchronized Optional<String> issue(StreamRequest request) {
        dropOld();
        if (waiting.size() >= MAX_WAITING) {
            return Optional.empty();
        }
        var bytes = new byte[TICKET_BYTES];
        random.nextBytes(bytes);
        var ticket = HexFormat.of().formatHex(bytes);
        waiting.put(ticket, new Waiting(request, nanoTime.getAsLong()));
        return Optional.of(ticket);
    }

    /** {@return what the ticket was for; nothing if it was used, is too old, or never was} */
    synchronized Optional<StreamRequest> redeem(String ticket) {
        dropOld();
        return Optional.ofNullable(waiting.remove(ticket)).map(Waiting::request);
    }

    private void dropOld() {
        long now = nanoTime.getAsLong();
        for (Iterator<Waiting> each = waiting.values().iterator(); each.hasNext(); ) {
            if (now - each.next().issuedAt() < LIFE.toNanos()) {
                return; // issued in this order
            }
            each.remove();
        }
    }
}
