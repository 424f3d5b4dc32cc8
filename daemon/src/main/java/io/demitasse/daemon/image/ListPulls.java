package io.demitasse.daemon.image;

import io.demitasse.admin.v1.ListPullsRequest;
import io.demitasse.admin.v1.ListPullsResponse;
import io.demitasse.admin.v1.Pull;
import io.demitasse.admin.v1.PullLayer;
import io.demitasse.daemon.call.Handler;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.progress.LayerProgress;
import io.demitasse.storage.progress.PullProgress;
import java.util.concurrent.TimeUnit;

/** Tells how far pulls are. */
public final class ListPulls implements Handler<ListPullsRequest, ListPullsResponse> {
    private final ImageStore images;

    /** Lists those of this store. */
    public ListPulls(ImageStore images) {
        this.images = images;
    }

    @Override
    public ListPullsResponse handle(ListPullsRequest request) {
        var response = ListPullsResponse.newBuilder();
        images.pulls().forEach(pull -> response.addPulls(pull(pull)));
        return response.build();
    }

    private static Pull pull(PullProgress progress) {
        var pull =
                Pull.newBuilder()
                        .setReference(progress.reference())
                        .setBegunAt(TimeUnit.MILLISECONDS.toNanos(progress.begun().toEpochMilli()));
        progress.layers().forEach(layer -> pull.addLayers(layer(layer)));
        return pull.build();
    }

    private static PullLayer layer(LayerProgress progress) {
        return PullLayer.newBuilder()
                .setBlob(progress.blob().toString())
                .setState(state(progress.state()))
                .setTotalBytes(progress.totalBytes())
                .setDownloadedBytes(progress.downloadedBytes())
                .setUnpackedBytes(progress.unpackedBytes())
                .build();
    }

    private static PullLayer.State state(LayerProgress.State state) {
        return switch (state) {
            case WAITING -> PullLayer.State.WAITING;
            case DOWNLOADING -> PullLayer.State.DOWNLOADING;
            case UNPACKING -> PullLayer.State.UNPACKING;
            case DONE -> PullLayer.State.DONE;
            case ALREADY_THERE -> PullLayer.State.ALREADY_THERE;
        };
    }
}
