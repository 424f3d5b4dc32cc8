package io.demitasse.storage.progress;

import java.time.Instant;
import java.util.List;

/**
 * How far one pull is.
 *
 * @param reference what is pulled, in full
 * @param layers bottom first; none until the manifest is here
 */
public record PullProgress(String reference, Instant begun, List<LayerProgress> layers) {
    /** Copies. */
    public PullProgress {
        layers = List.copyOf(layers);
    }

    /** {@return the size of all layers, those already there included} */
    public long totalBytes() {
        return layers.stream().mapToLong(LayerProgress::totalBytes).sum();
    }
}
