package io.demitasse.daemon.store;

import com.google.protobuf.Message;
import io.demitasse.daemon.call.HeapCost;
import io.demitasse.daemon.call.RequestException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How much of the heap the records of pods and containers may take together.
 *
 * <p>A record is admitted before anything is created for it, and released when what it describes is
 * gone; what was admitted fits again after a restart. A record that an older daemon promised, and
 * that does not fit, is known in a reduced form: what it describes can be seen, stopped and
 * removed.
 *
 * <p><b>Threads.</b> Any.
 */
public final class RecordBudget {
    /** What is kept beside the record itself: locks, the name, the state, places in maps. */
    private static final int FIXED_BYTES = 2048;

    private static final int MEBIBYTE = 1 << 20;

    private final long limit;
    private final Map<String, Long> admitted = new HashMap<>();
    private final Set<String> reduced = new HashSet<>();
    private long taken;

    RecordBudget(long limit) {
        this.limit = limit;
    }

    /** {@return a quarter of this process's heap} */
    public static RecordBudget ofHeap() {
        return new RecordBudget(Runtime.getRuntime().maxMemory() / 4);
    }

    /** {@return what a record takes in the heap} */
    public static long cost(Message record) {
        return HeapCost.of(record.getDescriptorForType(), record.toByteArray());
    }

    /** Refuses what would not fit, before anything is done for it. */
    public synchronized void require(long cost) throws RequestException {
        if (taken + cost + FIXED_BYTES > limit) {
            throw RequestException.exhausted(
                    "the request would take %d KiB of the daemon's memory, and %d of the %d MiB for"
                            + " records of pods and containers are taken: remove some, make the request"
                            + " smaller (environment, annotations, labels), or give the daemon a larger"
                            + " heap: DEMITASSE_JAVA_OPTIONS=-Xmx256m",
                    (cost + FIXED_BYTES) / 1024, taken / MEBIBYTE, limit / MEBIBYTE);
        }
    }

    /** Takes what the record of an id costs, in place of what it cost before. */
    public synchronized void admit(String id, long cost) throws RequestException {
        long before = admitted.getOrDefault(id, 0L);
        if (cost + FIXED_BYTES > before) {
            require(cost - before);
        }
        put(id, cost);
    }

    /** {@return whether a record that was promised earlier fits; it is taken then} */
    public synchronized boolean restore(String id, long cost) {
        boolean fits = taken + cost + FIXED_BYTES <= limit;
        if (fits) {
            put(id, cost);
        }
        return fits;
    }

    /** Takes the reduced form of a record that does not fit. */
    public synchronized void restoreReduced(String id, long cost) {
        put(id, cost);
        reduced.add(id);
    }

    /** {@return whether only a reduced form of this record is known} */
    public synchronized boolean isReduced(String id) {
        return reduced.contains(id);
    }

    /** Gives back what an id took; one that took nothing gives nothing back. */
    public synchronized void release(String id) {
        var cost = admitted.remove(id);
        if (cost != null) {
            taken -= cost;
        }
        reduced.remove(id);
    }

    private void put(String id, long cost) {
        var before = admitted.put(id, cost + FIXED_BYTES);
        taken += cost + FIXED_BYTES - (before == null ? 0 : before);
    }
}
