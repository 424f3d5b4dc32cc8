package io.demitasse.daemon.image;

import io.demitasse.cri.v1.ListImagesRequest;
import io.demitasse.cri.v1.ListImagesResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.storage.image.ImageStore;

/** Lists the images, or the one that the filter names. */
public final class ListImages implements Handler<ListImagesRequest, ListImagesResponse> {
    private final ImageStore images;

    /** Lists these images. */
    public ListImages(ImageStore images) {
        this.images = images;
    }

    @Override
    public ListImagesResponse handle(ListImagesRequest request) {
        var response = ListImagesResponse.newBuilder();
        var wanted = request.getFilter().getImage().getImage();
        if (wanted.isEmpty()) {
            images.images().forEach(image -> response.addImages(ImageViews.item(image)));
        } else {
            images.find(wanted).ifPresent(image -> response.addImages(ImageViews.item(image)));
        }
        return response.build();
    }
}
