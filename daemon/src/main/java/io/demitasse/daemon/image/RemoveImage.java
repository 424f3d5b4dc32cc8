package io.demitasse.daemon.image;

import io.demitasse.cri.v1.RemoveImageRequest;
import io.demitasse.cri.v1.RemoveImageResponse;
import io.demitasse.daemon.call.Handler;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.storage.image.ImageStore;
import java.io.IOException;

/** Removes an image with all its names. One that is not here is no error. */
public final class RemoveImage implements Handler<RemoveImageRequest, RemoveImageResponse> {
    private final ImageStore images;

    /** Removes from these images. */
    public RemoveImage(ImageStore images) {
        this.images = images;
    }

    @Override
    public RemoveImageResponse handle(RemoveImageRequest request)
            throws RequestException, IOException {
        var name = request.getImage().getImage();
        if (name.isEmpty()) {
            throw RequestException.invalid("image is empty");
        }
        var image = images.find(name);
        if (image.isPresent()) {
            images.remove(image.get());
        }
        return RemoveImageResponse.getDefaultInstance();
    }
}
