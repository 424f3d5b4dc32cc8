package io.demitasse.storage.progress;

import io.demitasse.storage.reference.Digest;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/**
 * The pulls that are under way, and what all of them have come to.
 *
 * <p><b>Threads.</b> Anybody may read and write, without a lock.
 */
public final class PullMeters {
    private final List<PullMeter> underWay = new CopyOnWriteArrayList<>();
    private final LongAdder received = new LongAdder();
    private final LongAdder unpacked = new LongAdder();
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();

    /** Begins a pull, whose end is its meter's {@code close}. */
    public PullMeter begin(String reference) {
        var meter = new PullMeter(this, reference);
        underWay.add(meter);
        return meter;
    }

    void end(PullMeter meter, boolean well) {
        underWay.remove(meter);
        (well ? succeeded : failed).increment();
    }

    LayerMeter layer(Digest blob, long totalBytes) {
        return new LayerMeter(blob, totalBytes, received, unpacked);
    }

    /** {@return the pulls under way, in the order in which they began} */
    public List<PullProgress> pulls() {
        return underWay.stream().map(PullMeter::progress).toList();
    }

    /** {@return what has come of all pulls} */
    public PullTotals totals() {
        return new PullTotals(received.sum(), unpacked.sum(), succeeded.sum(), failed.sum());
    }
}
