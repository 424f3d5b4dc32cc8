package io.demitasse.storage.progress;

import io.demitasse.storage.reference.Digest;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Counts what has come of one pull. Closing it takes it off the list of those under way. */
public final class PullMeter implements AutoCloseable {
    private final PullMeters meters;
    private final String reference;
    private final Instant begun = Instant.now();
    private final List<LayerMeter> layers = new CopyOnWriteArrayList<>();
    private boolean succeeded;

    PullMeter(PullMeters meters, String reference) {
        this.meters = meters;
        this.reference = reference;
    }

    /** Adds the next layer, bottom first. */
    public LayerMeter layer(Digest blob, long totalBytes) {
        var layer = meters.layer(blob, totalBytes);
        layers.add(layer);
        return layer;
    }

    /** The pull gave an image. */
    public void succeeded() {
        succeeded = true;
    }

    /** {@return how far it is now} */
    public PullProgress progress() {
        return new PullProgress(
                reference, begun, layers.stream().map(LayerMeter::progress).toList());
    }

    @Override
    public void close() {
        meters.end(this, succeeded);
    }
}
