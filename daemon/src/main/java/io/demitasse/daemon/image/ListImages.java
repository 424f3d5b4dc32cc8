package io.demitasse.daemon.image;

import io.demitasse.cri.v1.ListImagesRequest;
import io.demitasse.cri.v1.ListImagesResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.storage.image.ImageStore;
import java.util.List;

/** Lists the images, or the one that the filter names. */
public final class ListImages implements Handler<ListImagesRequest, ListImagesResponse> {
    private final ImageStore images;
    private final ImageViews views;

    /** Lists these images, some of which are pinned. */
    public ListImages(ImageStore images, List<String> pinned) {
        this.images = images;
        this.views = new ImageViews(new PinnedImages(pinned));
    }

    @Override
    public ListImagesResponse handle(ListImagesRequest request) {
        var response = ListImagesResponse.newBuilder();
        var wanted = request.getFilter().getImage().getImage();
        if (wanted.isEmpty()) {
            images.images().forEach(image -> response.addImages(views.item(image)));
        } else {
            images.find(wanted).ifPresent(image -> response.addImages(views.item(image)));
        }
        return response.build();
    }
}
