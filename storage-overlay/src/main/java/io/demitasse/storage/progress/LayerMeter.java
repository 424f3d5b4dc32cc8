package io.demitasse.storage.progress;

import io.demitasse.storage.progress.LayerProgress.State;
import io.demitasse.storage.reference.Digest;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what has come of one blob.
 *
 * <p><b>Threads.</b> Anybody may read and write; no counter loses anything.
 */
public final class LayerMeter {
    private final Digest blob;
    private final long totalBytes;
    private final LongAdder receivedByAll;
    private final LongAdder unpackedByAll;
    private final AtomicLong downloaded = new AtomicLong();
    private final AtomicLong unpacked = new AtomicLong();
    private volatile State state = State.WAITING;

    LayerMeter(Digest blob, long totalBytes, LongAdder receivedByAll, LongAdder unpackedByAll) {
        this.blob = blob;
        this.totalBytes = totalBytes;
        this.receivedByAll = receivedByAll;
        this.unpackedByAll = unpackedByAll;
    }

    /** {@return one that nobody looks at, for blobs that are no layers} */
    public static LayerMeter unwatched(Digest blob, long totalBytes) {
        return new LayerMeter(blob, totalBytes, new LongAdder(), new LongAdder());
    }

    /** Begins, or begins again, with what an earlier attempt had left. */
    public void begin(long keptBytes) {
        downloaded.set(keptBytes);
        unpacked.set(0);
        state = State.DOWNLOADING;
    }

    /** Counts bytes that came. */
    public void received(long bytes) {
        downloaded.addAndGet(bytes);
        receivedByAll.add(bytes);
    }

    /** Counts bytes that were taken to be unpacked. */
    public void unpacked(long bytes) {
        unpacked.addAndGet(bytes);
        unpackedByAll.add(bytes);
    }

    /** The layer is in the store. */
    public void done() {
        state = State.DONE;
    }

    /** The layer was in the store before anybody looked. */
    public void alreadyThere() {
        state = State.ALREADY_THERE;
    }

    /** {@return how far it is now} */
    public LayerProgress progress() {
        var current = state;
        long here = downloaded.get();
        if (current == State.DOWNLOADING && here >= totalBytes) {
            current = State.UNPACKING;
        }
        return new LayerProgress(blob, totalBytes, here, unpacked.get(), current);
    }
}
