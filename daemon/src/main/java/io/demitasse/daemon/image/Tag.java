package io.demitasse.daemon.image;

import io.demitasse.admin.v1.TagRequest;
import io.demitasse.admin.v1.TagResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.image.ImageStore;
import io.demitasse.storage.reference.Reference;
import java.io.IOException;

/** Gives an image one more name, which another may have had. */
public final class Tag implements Handler<TagRequest, TagResponse> {
    private final ImageStore images;

    /** Names images of this store. */
    public Tag(ImageStore images) {
        this.images = images;
    }

    @Override
    public TagResponse handle(TagRequest request) throws RequestException, IOException {
        var image = new KnownImages(images).named(request.getSource());
        var name = Reference.parse(request.getName());
        images.tag(image, name);
        return TagResponse.newBuilder().setName(name.toString()).build();
    }
}
