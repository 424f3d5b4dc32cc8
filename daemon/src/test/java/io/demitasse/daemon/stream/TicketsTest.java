package io.demitasse.daemon.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TicketsTest {
    private static final StreamRequest REQUEST =
            new StreamRequest.PortForward(
                    "pod",
                    List.of(),
                    port -> {
                        throw new IOException("nobody connects here");
                    });

    private final AtomicLong clock = new AtomicLong();
    private final Tickets tickets = new Tickets(clock::get);

    @Test
    void shouldBeGoodOnce() {
        var ticket = tickets.issue(REQUEST).orElseThrow();

        assertThat(tickets.redeem(ticket)).contains(REQUEST);
        assertThat(tickets.redeem(ticket)).isEmpty();
        assertThat(tickets.redeem("0".repeat(ticket.length()))).isEmpty();
    }

    @Test
    void shouldBeGoodForAMinute() {
        var early = tickets.issue(REQUEST).orElseThrow();
        clock.addAndGet(Tickets.LIFE.toNanos() - 1);
        var late = tickets.issue(REQUEST).orElseThrow();
        clock.addAndGet(1);

        assertThat(tickets.redeem(early)).isEmpty();
        assertThat(tickets.redeem(late)).contains(REQUEST);
    }

    @Test
    void shouldRefuseMoreThanCanWaitUntilSomeAreTooOld() {
        var issued = new HashSet<String>();
        for (int i = 0; i < Tickets.MAX_WAITING; i++) {
            issued.add(tickets.issue(REQUEST).orElseThrow());
        }

        assertThat(issued).hasSize(Tickets.MAX_WAITING);
        assertThat(tickets.issue(REQUEST)).isEmpty();
        clock.addAndGet(Tickets.LIFE.toNanos());
        assertThat(tickets.issue(REQUEST)).isPresent();
    }
}
