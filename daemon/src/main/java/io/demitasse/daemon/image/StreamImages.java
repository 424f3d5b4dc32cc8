package io.demitasse.daemon.image;

import io.demitasse.cri.v1.ListImagesRequest;
import io.demitasse.cri.v1.StreamImagesRequest;
import io.demitasse.cri.v1.StreamImagesResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.Messages;
import java.util.List;

/** Lists images in messages of a limited size, where {@link ListImages} has one for all. */
public final class StreamImages
        implements Handler<StreamImagesRequest, List<StreamImagesResponse>> {
    private final ListImages list;

    /** Sends what this lists. */
    public StreamImages(ListImages list) {
        this.list = list;
    }

    @Override
    public List<StreamImagesResponse> handle(StreamImagesRequest request) {
        var listed = ListImagesRequest.newBuilder().setFilter(request.getFilter()).build();
        return Messages.of(
                list.handle(listed).getImagesList(),
                images -> StreamImagesResponse.newBuilder().addAllImages(images).build());
    }
}
