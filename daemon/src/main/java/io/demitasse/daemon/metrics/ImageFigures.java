package io.demitasse.daemon.metrics;

import io.demitasse.storage.image.ImagePushes;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.progress.LayerProgress;

/** What there is to say about images in numbers. */
public final class ImageFigures {
    private final ImageStore images;
    private final ImagePushes pushes;

    /** Reads these. */
    public ImageFigures(ImageStore images, ImagePushes pushes) {
        this.images = images;
        this.pushes = pushes;
    }

    void write(Exposition text) {
        var totals = images.pullTotals();
        var pulls = images.pulls();
        text.counter("demitasse_pull_bytes_total", "Bytes of layers received from registries.")
                .sample("demitasse_pull_bytes_total", "", totals.receivedBytes())
                .counter("demitasse_pull_unpacked_bytes_total", "Compressed bytes unpacked.")
                .sample("demitasse_pull_unpacked_bytes_total", "", totals.unpackedBytes())
                .counter("demitasse_pulls_total", "Pulls that ended.")
                .sample("demitasse_pulls_total", "{result=\"success\"}", totals.succeeded())
                .sample("demitasse_pulls_total", "{result=\"failure\"}", totals.failed())
                .gauge("demitasse_pulls_in_progress", "Pulls under way.")
                .sample("demitasse_pulls_in_progress", "", pulls.size())
                .gauge("demitasse_pull_missing_bytes", "What pulls under way have yet to receive.")
                .sample(
                        "demitasse_pull_missing_bytes",
                        "",
                        pulls.stream()
                                .flatMap(pull -> pull.layers().stream())
                                .mapToLong(ImageFigures::missing)
                                .sum())
                .counter("demitasse_push_bytes_total", "Bytes of blobs sent to registries.")
                .sample("demitasse_push_bytes_total", "", pushes.sentBytes())
                .gauge("demitasse_images", "Images in the store.")
                .sample("demitasse_images", "", images.images().size())
                .gauge("demitasse_image_layers_bytes", "Disk space that all layers take.")
                .sample("demitasse_image_layers_bytes", "", images.usage().bytes());
    }

    private static long missing(LayerProgress layer) {
        return switch (layer.state()) {
            case WAITING, DOWNLOADING -> Math.max(0, layer.totalBytes() - layer.downloadedBytes());
            case UNPACKING, DONE, ALREADY_THERE -> 0;
        };
    }
}
